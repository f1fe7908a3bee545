"""Lines of a text file, plain or gzip, as a stream: never the whole file, and never a traceback for a damaged one."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path

from twofold.domain.errors import InvalidInput, NotFound

BLOCK = 1 << 17  # bytes read at once: large enough that the loop costs nothing, small enough for smooth progress
MAX_LINE = 1 << 20  # characters; the longest honest row (a bio, 64 interests, foreign columns) is far below
OVERLONG = "\0\n"  # stands for a longer line: no valid row in any format


class Lines:
    """Iterates over a file's lines, each ending in a newline.

    UTF-8 with or without a byte order mark; bytes that are not UTF-8 become lone surrogates, which no field accepts, so
    that only their row is lost. Only LF ends a line (CR before it stays).

    Attributes:
        bytes_done, bytes_total: how much of the file (as it lies on disk) has been read.
        incomplete: in words, when the file broke off; a last line without its end is then left out.

    Raises:
        NotFound: when there is no such file.
        InvalidInput: when it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._raw = open_file(path)
        self._gzip = path.suffix.lower() == ".gz"
        self.bytes_total = path.stat().st_size
        self.incomplete: str | None = None

    @property
    def bytes_done(self) -> int:
        """Bytes read so far."""
        return self.bytes_total if self._raw.closed else self._raw.tell()

    def close(self) -> None:
        """Give the file back."""
        self._raw.close()

    def __iter__(self) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder("utf-8-sig")("surrogateescape")
        rest, overlong = "", False
        for block in self._blocks():
            *lines, rest = (rest + decoder.decode(block)).split("\n")
            for line in lines:
                yield OVERLONG if overlong or len(line) > MAX_LINE else line + "\n"
                overlong = False
            if len(rest) > MAX_LINE:
                rest, overlong = "", True
        if self.incomplete is None:
            rest += decoder.decode(b"", final=True)
            if rest or overlong:
                yield OVERLONG if overlong else rest + "\n"

    def _blocks(self) -> Iterator[bytes]:
        # read1 hands out all that could be unpacked before it raises on the damaged part.
        stream = gzip.GzipFile(fileobj=self._raw) if self._gzip else self._raw
        while True:
            try:
                block = stream.read1(BLOCK)
            except (EOFError, OSError, zlib.error):
                self.incomplete = self._broken()
                return
            if not block:
                return
            yield block

    def _broken(self) -> str:
        what = "the gzip data are cut short or damaged" if self._gzip else "the file could not be read to its end"
        return (
            f"{what}: only the rows before that point were read. Get a whole copy and import it again "
            "(what was stored is not stored twice)"
        )


def open_file(path: Path) -> BufferedReader:
    """The file, opened for reading; the errors are `Lines`'."""
    if path.is_dir():
        raise InvalidInput("file", "a file, not a folder")
    try:
        return path.open("rb")
    except FileNotFoundError:
        raise NotFound("there is no such file; check the path") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a path"
        raise InvalidInput("file", f"a file that can be read ({reason})") from None


class TextFile:
    """What files of lines have in common: how far they are read, and what is missing of them."""

    def __init__(self, path: Path) -> None:
        self._lines = Lines(path)

    @property
    def incomplete(self) -> str | None:
        """What is missing of the file, in words."""
        return self._lines.incomplete

    @property
    def bytes_done(self) -> int:
        """Bytes read so far."""
        return self._lines.bytes_done

    @property
    def bytes_total(self) -> int:
        """The size of the file."""
        return self._lines.bytes_total

    def close(self) -> None:
        """Give the file back."""
        self._lines.close()
