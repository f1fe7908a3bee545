"""Model files: what was written is read back; anything else is Damaged before numpy sees a byte."""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from twofold.domain.errors import Damaged, Refused
from twofold.models.artifact import JSON, MAPPED_FROM, Array, read_artifact, write_artifact

ARRAYS = {"one": np.arange(6, dtype=np.float32).reshape(2, 3), "two": np.array([True, False])}
DOCUMENTS: dict[str, JSON] = {"ranker": {"mean": [0.1, 2.0], "names": ["age"]}}


def write(root: Path, name: str = "m1") -> str:
    return write_artifact(root, name, ARRAYS, DOCUMENTS)


def test_round_trip_is_exact_and_leaves_nothing_else(tmp_path: Path) -> None:
    digest = write(tmp_path)
    read = read_artifact(tmp_path, "m1", digest)
    assert read.documents == DOCUMENTS
    assert set(read.arrays) == set(ARRAYS)
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(read.arrays[name], array)
        assert read.arrays[name].dtype == array.dtype
        assert not read.arrays[name].flags.writeable
    assert os.listdir(tmp_path) == ["m1"]
    assert write(tmp_path, "m2") == digest


def flip(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


def swap(folder: Path) -> None:
    one, two = folder / "one.npy", folder / "two.npy"
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)


def same_size(folder: Path) -> None:
    path = folder / "one.npy"
    path.write_bytes(bytes(path.stat().st_size))


def link(folder: Path) -> None:
    shutil.move(folder / "one.npy", folder.parent / "elsewhere.npy")
    (folder / "one.npy").symlink_to(folder.parent / "elsewhere.npy")


HARM: dict[str, Callable[[Path], object]] = {
    "cut short": lambda folder: os.truncate(folder / "one.npy", 20),
    "empty": lambda folder: os.truncate(folder / "two.npy", 0),
    "header flipped": lambda folder: flip(folder / "one.npy", 3),
    "last byte flipped": lambda folder: flip(folder / "one.npy", -1),
    "document flipped": lambda folder: flip(folder / "ranker.json", 5),
    "a byte more": lambda folder: (folder / "one.npy").write_bytes((folder / "one.npy").read_bytes() + b"\0"),
    "other bytes": same_size,
    "swapped": swap,
    "missing": lambda folder: (folder / "two.npy").unlink(),
    "added file": lambda folder: (folder / "three.npy").write_bytes(b""),
    "added hidden file": lambda folder: (folder / ".hidden").write_bytes(b""),
    "added folder": lambda folder: (folder / "more").mkdir(),
    "linked": link,
    "manifest flipped": lambda folder: flip(folder / "manifest.json", 10),
    "manifest missing": lambda folder: (folder / "manifest.json").unlink(),
    "folder missing": shutil.rmtree,
}


@pytest.mark.parametrize("harm", HARM)
def test_harm_is_noticed_before_numpy_sees_it(harm: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = write(tmp_path)
    sound = {hashlib.sha256(path.read_bytes()).hexdigest() for path in (tmp_path / "m1").iterdir()}
    HARM[harm](tmp_path / "m1")
    load: Callable[..., object] = np.load

    def guarded(file: object, **options: object) -> object:
        data = file.getvalue()  # type: ignore[attr-defined]
        assert hashlib.sha256(data).hexdigest() in sound, "numpy was given bytes that do not verify"
        return load(file, **options)

    monkeypatch.setattr(np, "load", guarded)
    with pytest.raises(Damaged, match="model f") as caught:
        read_artifact(tmp_path, "m1", digest)
    assert "train again" in str(caught.value)


@pytest.mark.parametrize("place", range(0, 400, 7))
def test_every_flipped_byte_is_noticed(place: int, tmp_path: Path) -> None:
    digest = write(tmp_path)
    for path in (tmp_path / "m1").iterdir():
        if place < path.stat().st_size:
            flip(path, place)
            with pytest.raises(Damaged):
                read_artifact(tmp_path, "m1", digest)
            flip(path, place)
    read_artifact(tmp_path, "m1", digest)


def test_a_sound_folder_of_another_version_is_not_this_one(tmp_path: Path) -> None:
    digest = write(tmp_path)
    write_artifact(tmp_path, "m2", {"one": np.zeros(2)}, {})
    shutil.rmtree(tmp_path / "m1")
    shutil.move(tmp_path / "m2", tmp_path / "m1")
    with pytest.raises(Damaged, match="checksum that the registry holds"):
        read_artifact(tmp_path, "m1", digest)


def rewrite(root: Path, content: object) -> str:
    data = json.dumps(content).encode()
    (root / "m1" / "manifest.json").write_bytes(data)
    return hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    "content",
    [
        [],
        {"format": 99, "files": {}},
        {"format": 1},
        {"format": 1, "files": {"../../etc/passwd": {"bytes": 1, "sha256": "x"}}},
        {"format": 1, "files": {"sub/one.npy": {"bytes": 1, "sha256": "x"}}},
        {"format": 1, "files": {"one.pkl": {"bytes": 1, "sha256": "x"}}},
        {"format": 1, "files": {"one.npy": {"bytes": "many", "sha256": "x"}}},
        {"format": 1, "files": {"one.npy": 5}},
        {"format": 1, "files": {"manifest.json": {"bytes": 1, "sha256": "x"}}},
    ],
)
def test_a_manifest_that_says_something_else_is_refused(content: object, tmp_path: Path) -> None:
    write(tmp_path)
    digest = rewrite(tmp_path, content)
    with pytest.raises(Damaged, match=r"manifest\.json"):
        read_artifact(tmp_path, "m1", digest)


def test_pickled_objects_are_neither_written_nor_read(tmp_path: Path) -> None:
    with pytest.raises(Refused):
        write_artifact(tmp_path, "m1", {"one": np.array([{}], object)}, {})
    write(tmp_path)
    np.save(tmp_path / "m1" / "one.npy", np.array([{}], object), allow_pickle=True)
    data = (tmp_path / "m1" / "one.npy").read_bytes()
    (tmp_path / "m1" / "two.npy").unlink()
    (tmp_path / "m1" / "ranker.json").unlink()
    entry = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    digest = rewrite(tmp_path, {"format": 1, "files": {"one.npy": entry}})
    with pytest.raises(Damaged, match="plain numbers"):
        read_artifact(tmp_path, "m1", digest)


@pytest.mark.parametrize("name", ["", "..", "a/b", "/tmp", "a\0b", ".hidden", "x" * 65])
def test_names_lead_nowhere_else(name: str, tmp_path: Path) -> None:
    with pytest.raises(Damaged):
        read_artifact(tmp_path, name, "0")
    with pytest.raises(Refused):
        write_artifact(tmp_path, name, ARRAYS, {})
    with pytest.raises(Refused):
        write_artifact(tmp_path, "m1", {name: ARRAYS["one"]}, {})


def test_a_taken_name_is_refused_and_kept(tmp_path: Path) -> None:
    digest = write(tmp_path)
    with pytest.raises(Refused, match="another name"):
        write_artifact(tmp_path, "m1", {"one": np.zeros(1)}, {})
    read_artifact(tmp_path, "m1", digest)


def test_a_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        write(tmp_path)
    assert os.listdir(tmp_path) == []


def large(by_column: bool) -> dict[str, Array]:
    rows = np.arange(MAPPED_FROM // 4, dtype=np.float32).reshape(-1, 64)
    return {"rows": np.asfortranarray(rows) if by_column else rows}


@pytest.mark.parametrize("by_column", [False, True])
def test_a_large_array_is_mapped_from_the_file_that_was_checked(tmp_path: Path, by_column: bool) -> None:
    digest = write_artifact(tmp_path, "m1", large(by_column), {})
    array = read_artifact(tmp_path, "m1", digest).arrays["rows"]
    np.testing.assert_array_equal(array, large(by_column)["rows"])
    assert not array.flags.writeable
    assert isinstance(owner(array), mmap.mmap)
    shutil.rmtree(tmp_path / "m1")  # what is mapped outlives its name
    assert array[-1, -1] == array.size - 1


def owner(array: Array) -> object:
    base: object = array
    while isinstance(base, np.ndarray) and base.base is not None:
        base = base.base
    return base.obj if isinstance(base, memoryview) else base


@pytest.mark.parametrize("place", [0, 8, 40, 200, MAPPED_FROM // 2, -1])
def test_a_large_array_that_changed_is_damaged(tmp_path: Path, place: int) -> None:
    digest = write_artifact(tmp_path, "m1", large(False), {})
    flip(tmp_path / "m1" / "rows.npy", place)
    with pytest.raises(Damaged, match=r"rows\.npy does not have the size and checksum"):
        read_artifact(tmp_path, "m1", digest)


def test_a_large_file_that_is_no_array_is_damaged_though_its_checksum_fits(tmp_path: Path) -> None:
    write_artifact(tmp_path, "m1", large(False), {})
    folder = tmp_path / "m1"
    content = (folder / "rows.npy").read_bytes()
    for wrong in (bytes(len(content)), content[:-64] + b"", content.replace(b"<f4", b"|O ", 1)):
        (folder / "rows.npy").write_bytes(wrong)
        listed = {"rows.npy": {"bytes": len(wrong), "sha256": hashlib.sha256(wrong).hexdigest()}}
        manifest = json.dumps({"format": 1, "files": listed}).encode()
        (folder / "manifest.json").write_bytes(manifest)
        with pytest.raises(Damaged, match="not an array of plain numbers"):
            read_artifact(tmp_path, "m1", hashlib.sha256(manifest).hexdigest())


def test_the_manifest_holds_what_was_measured(tmp_path: Path) -> None:
    digest = write_artifact(tmp_path, "m1", ARRAYS, DOCUMENTS, {"recall": 0.97})
    assert json.loads((tmp_path / "m1" / "manifest.json").read_bytes())["measured"] == {"recall": 0.97}
    assert read_artifact(tmp_path, "m1", digest).measured == {"recall": 0.97}
    assert read_artifact(tmp_path, "m2", write(tmp_path, "m2")).measured == {}
