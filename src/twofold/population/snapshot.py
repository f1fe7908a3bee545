"""Everyone in files that processes map and share: a start reads no log but what came after, and memory is paid once.

::

    s0000000000042-020782-5be1...0c/    everyone as of log position 42, and what is computed of them for a UTC day
        everyone.bin                    what `Population.frozen` gives, array after array
        manifest.json                   format, whose log it is, where each array lies, size and checksum of the other

The folder's name ends in the first half of the manifest's SHA-256. A folder is written beside and renamed, so it is
there as a whole or not at all. All is checked before it is mapped; the checksum finds damage, not intent: whoever can
write to the folder can write a snapshot. One file, because every mapping holds a file open.
"""

from __future__ import annotations

import fcntl
import hashlib
import io
import json
import mmap
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twofold.domain.errors import Damaged, Unavailable
from twofold.population.frozen import Arrays
from twofold.population.pages import Pages
from twofold.population.population import Population
from twofold.population.sums import BYTES, Sums

# Raised whenever what a file means changes: snapshots of other releases are refused, and the log is read instead.
FORMAT = 4
MANIFEST, CONTENT = "manifest.json", "everyone.bin"
DRAFT, WRITING, MAKING = ".draft-", ".writing", ".making"
# What training and past moments read, and figures of which a server reads one: after all that lists read, and not
# brought into memory before it is asked for.
COLD = re.compile(
    r"(given|received)\.(at|position|_(?!repeats)\w+)|totals\.(began|log\.\w+)|profiles\.(at|position|archive\..*)"
    # What rows of single people are computed from, when somebody changes.
    r"|day\.popular\..*|day\.(given|received)\.(fading\..*|columns\.(decayed|recent|streak))|day\.crowd\.(liked\..*|last_liked)"
)
KEPT = 2  # the newest and the one before it, which running processes may still be reading
_NAME = re.compile(r"s(\d{13,})-(?:(\d{6,})-)?[0-9a-f]{32}")
_ALIGNED = 64

Done = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot on disk: everyone as of a log position, and what is computed of them for a UTC day (-1: nothing)."""

    folder: Path
    position: int
    day: int = -1

    @property
    def name(self) -> str:
        """Its folder's."""
        return self.folder.name

    @property
    def bytes(self) -> int:
        """Of all its files."""
        return sum(each.stat().st_size for each in self.folder.iterdir())


class Snapshots:
    """The snapshots of one log in one folder.

    Args:
        root: is made by the first snapshot.
        log: tells this log from others (`EventStore.identity`).
    """

    def __init__(self, root: Path, log: str) -> None:
        self._root, self._log = root, log

    def list(self) -> list[Snapshot]:
        """All there are, newest first; whether they are whole is seen when they are loaded."""
        if not self._root.is_dir():
            return []
        named = ((each, _NAME.fullmatch(each.name)) for each in self._root.iterdir())
        found = [Snapshot(each, int(name[1]), int(name[2] or -1)) for each, name in named if name]
        return sorted(found, key=lambda each: (-each.position, -each.day, each.name))

    def write(self, population: Population, done: Done = lambda _: None) -> Snapshot:
        """Write everyone as they are now, and what was computed of them for a day; of older ones the newest is kept.

        Raises:
            Unavailable: the folder cannot be written.
        """
        try:
            self._root.mkdir(parents=True, exist_ok=True)
            with locked(self._root / WRITING):
                for left in self._root.glob(f"{DRAFT}*"):
                    shutil.rmtree(left, ignore_errors=True)  # of one who was killed
                draft = Path(tempfile.mkdtemp(prefix=DRAFT, dir=self._root))
                try:
                    written = self._publish(draft, population, done)
                finally:
                    shutil.rmtree(draft, ignore_errors=True)
                self._prune()
        except OSError as error:
            raise _unwritable(error) from error
        return written

    @contextmanager
    def turn(self) -> Iterator[bool]:
        """Whether it is for the caller to make a snapshot: of those who ask at the same time, for one alone.

        Raises:
            Unavailable: the folder cannot be written.
        """
        try:
            self._root.mkdir(parents=True, exist_ok=True)
            with locked(self._root / MAKING, wait=False) as mine:
                yield mine
        except OSError as error:
            raise _unwritable(error) from error

    def load(self, snapshot: Snapshot) -> Population:
        """Check a snapshot and map it: what is read later is read from its files, what is written stays in memory.

        Raises:
            Damaged: it is of another format or log, or a file is missing, added, cut short or changed.
        """
        try:
            manifest = self._manifest(snapshot)
            pages = _mapped(snapshot.folder / CONTENT, manifest["bytes"], manifest["sums"], manifest["hot"])
            arrays = {name: _array(pages.mapped, **each) for name, each in manifest["arrays"].items()}
            return Population.thawed(arrays, pages)
        except OSError as error:
            raise _damaged(snapshot, f"cannot be read ({error.strerror})") from error
        except (KeyError, ValueError, TypeError, IndexError, AttributeError) as error:
            raise _damaged(snapshot, "does not hold what was expected") from error

    def _publish(self, draft: Path, population: Population, done: Done) -> Snapshot:
        content = {"format": FORMAT, "log": self._log, **_write(draft / CONTENT, population.frozen(), done)}
        manifest = json.dumps(content, sort_keys=True).encode()
        with (draft / MANIFEST).open("xb") as file:
            _sync(file, manifest)
        draft.chmod(0o755)  # mkdtemp makes it private; another user may serve
        position, day = population.position, population.day
        of_day = f"-{day:06d}" if day >= 0 else ""
        final = self._root / f"s{position:013d}{of_day}-{_digest(manifest)}"
        if not final.exists():
            draft.rename(final)
            _sync_folder(self._root)
        return Snapshot(final, position, day)

    def _manifest(self, snapshot: Snapshot) -> dict[str, Any]:
        manifest = (snapshot.folder / MANIFEST).read_bytes()
        if not snapshot.name.endswith(_digest(manifest)):
            raise _damaged(snapshot, f"has a {MANIFEST} of another checksum than its name says")
        content: dict[str, Any] = json.loads(manifest)
        if content["format"] != FORMAT:
            raise _damaged(snapshot, f"is of format {content['format']}; this release reads {FORMAT}")
        if content["log"] != self._log:
            raise _damaged(snapshot, "is of another database")
        return content

    def _prune(self) -> None:
        for each in self.list()[KEPT:]:
            shutil.rmtree(each.folder, ignore_errors=True)


def _write(path: Path, arrays: Arrays, done: Done) -> dict[str, Any]:
    """Write arrays one after the other: where each lies, what lists read of it, the size and checksum of the file."""
    placed: dict[str, dict[str, Any]] = {}
    sums, offset, hot = Sums(), 0, 0
    with path.open("xb") as file:
        for number, name in enumerate(sorted(arrays, key=lambda each: COLD.fullmatch(each) is not None)):
            array = arrays[name]
            plain = np.ascontiguousarray(array)
            body = plain.reshape(-1).view(np.uint8).data if plain.size else b""
            for part in (body, bytes(-len(body) % _ALIGNED)):
                file.write(part)
                sums.add(part)
            placed[name] = {"dtype": plain.dtype.str, "shape": plain.shape, "offset": offset}
            offset = file.tell()
            hot = hot if COLD.fullmatch(name) else offset
            done((number + 1) / len(arrays))
        _sync(file)
    return {"arrays": placed, "bytes": offset, "hot": hot, "sums": sums.hexdigest()}


def _mapped(path: Path, size: int, checksum: str, hot: int) -> Pages:
    """A file, mapped copy-on-write after every byte was checked.

    Raises:
        ValueError: it is not what the manifest says.
    """
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size != size or _checksum(file) != checksum:
            raise ValueError(path.name)
        return Pages(mmap.mmap(file.fileno(), size, access=mmap.ACCESS_COPY), hot, file.fileno())


def _array(pages: mmap.mmap, dtype: str, shape: list[int], offset: int) -> NDArray[Any]:
    kind, count = np.dtype(dtype), int(np.prod(shape))
    if kind.hasobject:
        raise ValueError(dtype)
    return np.frombuffer(pages, kind, count, offset).reshape(shape) if count else np.empty(shape, kind)


def _checksum(file: io.BufferedReader) -> str:
    sums, buffer = Sums(), memoryview(bytearray(BYTES))
    while read := file.readinto(buffer):
        sums.add(buffer[:read])
    return sums.hexdigest()


def _sync(file: io.BufferedWriter, content: bytes = b"") -> None:
    file.write(content)
    file.flush()
    os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _digest(manifest: bytes) -> str:
    return hashlib.sha256(manifest).hexdigest()[:32]


@contextmanager
def locked(path: Path, wait: bool = True) -> Iterator[bool]:
    """Hold a file's lock, which its holder's end gives back, however it comes; False where another has it.

    Args:
        wait: until it is free.
    """
    with path.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True


def _unwritable(error: OSError) -> Unavailable:
    return Unavailable(f"the snapshot folder cannot be written ({error.strerror}); check free space and permissions")


def _damaged(snapshot: Snapshot, what: str) -> Damaged:
    return Damaged(f"snapshot {snapshot.name} {what}; make a new one: twofold snapshot")
