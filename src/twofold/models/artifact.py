"""Model files: a folder of plain arrays and JSON with a manifest, verified byte by byte before anything reads it.

::

    m0001-1f/                 one trained version
        manifest.json         format, size and SHA-256 of every other file, and what was measured
        viewers.npy ...       arrays, never pickled objects
        collaborative.json    documents

The digest of the manifest stands in the registry, so a folder swapped as a whole is noticed too. Large arrays are
mapped: processes that serve one model hold its vectors once.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import mmap
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from twofold.domain.errors import Damaged, Refused

JSON: TypeAlias = "bool | int | float | str | list[JSON] | dict[str, JSON] | None"
Array: TypeAlias = NDArray[Any]

FORMAT = 1
MANIFEST = "manifest.json"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
MAPPED_FROM = 1 << 20  # smaller files are copied: each mapping holds a file open
REMEDY = "restore the model folder from a backup, roll back to another version, or train again"


@dataclass(frozen=True, slots=True)
class Artifact:
    """What a verified folder holds, by name without the ending.

    Args:
        measured: figures that the manifest holds, by name.
    """

    arrays: Mapping[str, Array]
    documents: Mapping[str, JSON]
    measured: Mapping[str, float] = field(default_factory=dict)


def write_artifact(
    root: Path,
    name: str,
    arrays: Mapping[str, Array],
    documents: Mapping[str, JSON],
    measured: Mapping[str, float] | None = None,
) -> str:
    """Write a folder so that it is either there as a whole, on disk, or not at all.

    Returns:
        The SHA-256 of the manifest, to be kept elsewhere (`ModelRecord.digest`).

    Raises:
        Refused: the name does not fit or is taken, or an array holds Python objects.
    """
    files = {f"{_safe(each)}.npy": _array_bytes(array) for each, array in arrays.items()}
    files |= {f"{_safe(each)}.json": _json_bytes(document) for each, document in documents.items()}
    if MANIFEST in files:
        raise Refused("artifact_name", "a document may not be called 'manifest'; choose another name")
    sizes: dict[str, JSON] = {each: {"bytes": len(data), "sha256": _digest(data)} for each, data in files.items()}
    manifest = _json_bytes({"format": FORMAT, "files": sizes, "measured": {**(measured or {})}})
    root.mkdir(parents=True, exist_ok=True)
    final = root / _safe(name)
    if final.exists():
        raise Refused("artifact_exists", "a model folder of this name exists; choose another name")
    _publish(root, final, {**files, MANIFEST: manifest})
    return _digest(manifest)


def read_artifact(root: Path, name: str, digest: str) -> Artifact:
    """Verify a folder and read it.

    Every byte is hashed before numpy or the JSON reader of a document sees it, and what was hashed is what is read: a
    large array stays mapped from the file that was hashed, read-only. Folders are replaced, never written into; whoever
    writes into one that serves changes what is served.

    Raises:
        Damaged: anything is missing, added, changed, swapped, of an unknown format, or not a plain file.
    """
    if not NAME.fullmatch(name):
        raise Damaged(f"the registry names a model folder that is no plain name; {REMEDY}")
    folder = root / name
    manifest = _read(folder, MANIFEST)
    if _digest(manifest) != digest:
        raise _damaged(MANIFEST, "does not have the checksum that the registry holds")
    listed, measured = _listed(manifest)
    _same_files(folder, set(listed))
    arrays: dict[str, Array] = {}
    documents: dict[str, JSON] = {}
    for file, (size, sha256) in listed.items():
        data = _read(folder, file, size)
        if len(data) != size or _digest(data) != sha256:
            raise _damaged(file, "does not have the size and checksum that the manifest holds")
        stem, ending = file.rsplit(".", 1)
        if ending == "npy":
            arrays[stem] = _array(file, data)
        else:
            documents[stem] = _json(file, data)
    return Artifact(arrays, documents, measured)


def _publish(root: Path, final: Path, files: Mapping[str, bytes]) -> None:
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=root))
    try:
        for name, data in files.items():
            with (draft / name).open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        _sync_folder(draft)
        draft.chmod(0o755)  # mkdtemp makes it private; a server may run as another user than the training
        draft.rename(final)
        _sync_folder(root)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _listed(manifest: bytes | mmap.mmap) -> tuple[dict[str, tuple[int, str]], dict[str, float]]:
    """Size and checksum per file, and what was measured."""
    content = _json(MANIFEST, manifest)
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise _damaged(MANIFEST, f"is not of format {FORMAT}, the one that this release reads")
    files = content.get("files")
    if not isinstance(files, dict):
        raise _damaged(MANIFEST, "does not list files")
    measured = content.get("measured", {})
    if not isinstance(measured, dict):
        raise _damaged(MANIFEST, "holds no figures where figures were expected")
    figures = {name: float(each) for name, each in measured.items() if isinstance(each, int | float)}
    return {name: _entry(name, entry) for name, entry in files.items()}, figures


def _entry(name: str, entry: JSON) -> tuple[int, str]:
    stem, _, ending = name.rpartition(".")
    if ending not in ("npy", "json") or not NAME.fullmatch(stem) or name == MANIFEST:
        raise _damaged(MANIFEST, "lists a file whose name is not plain letters with the ending .npy or .json")
    if isinstance(entry, dict):
        size, sha256 = entry.get("bytes"), entry.get("sha256")
        if isinstance(size, int) and isinstance(sha256, str):
            return size, sha256
    raise _damaged(MANIFEST, "lists a file without its size and checksum")


def _same_files(folder: Path, listed: set[str]) -> None:
    present = {entry.name for entry in folder.iterdir()}
    if missing := listed - present:
        raise _damaged(min(missing), "is missing")
    if present - listed - {MANIFEST}:
        raise Damaged(f"the model folder holds a file that its manifest does not list; remove it, or {REMEDY}")


def _read(folder: Path, file: str, expected: int | None = None) -> bytes | mmap.mmap:
    """The bytes of a plain file, refused before reading when it is a link or of a wrong size; a large one is mapped."""
    path = folder / file
    if folder.is_symlink() or path.is_symlink() or not path.is_file():
        raise _damaged(file, "is missing or not a plain file")
    try:
        if expected is not None and path.stat().st_size != expected:
            raise _damaged(file, "does not have the size that the manifest holds")
        if expected is not None and expected >= MAPPED_FROM and file.endswith(".npy"):
            with path.open("rb") as opened:
                return mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
        return path.read_bytes()
    except OSError as error:
        raise _damaged(file, "cannot be read") from error


def _array(file: str, data: bytes | mmap.mmap) -> Array:
    try:
        array = np.load(io.BytesIO(data), allow_pickle=False) if isinstance(data, bytes) else _in_place(data)
    except (ValueError, EOFError, OSError) as error:
        raise _damaged(file, "is not an array of plain numbers") from error
    array.setflags(write=False)
    return array


def _in_place(pages: mmap.mmap) -> Array:
    """The array of a mapped ``.npy`` file, not copied.

    Raises:
        ValueError: it is no such file.
    """
    version = np.lib.format.read_magic(pages)
    header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, by_column, kind = header(pages)
    if kind.hasobject or pages.tell() + math.prod(shape) * kind.itemsize != len(pages):
        raise ValueError("not a whole array of plain numbers")
    plain: Array = np.frombuffer(pages, kind, math.prod(shape), pages.tell())
    return plain.reshape(shape, order="F" if by_column else "C")


def _json(file: str, data: bytes | mmap.mmap) -> JSON:
    try:
        content: JSON = json.loads(bytes(data))
    except (ValueError, RecursionError) as error:
        raise _damaged(file, "is not JSON") from error
    return content


def _array_bytes(array: Array) -> bytes:
    if array.dtype.hasobject:
        raise Refused("artifact_objects", "an artifact holds arrays of plain numbers only, not Python objects")
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def _json_bytes(document: JSON) -> bytes:
    return json.dumps(document, allow_nan=False, indent=1, sort_keys=True).encode()


def _safe(name: str) -> str:
    if not NAME.fullmatch(name):
        raise Refused("artifact_name", "a name in an artifact is 1 to 64 letters, digits, '_' or '-'")
    return name


def _digest(data: bytes | mmap.mmap) -> str:
    return hashlib.sha256(data).hexdigest()


def _damaged(file: str, what: str) -> Damaged:
    return Damaged(f"model file {file} {what}; {REMEDY}")
