"""Rows that were not taken: where they stand and why, never what they held."""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO

from twofold.domain.errors import InvalidInput, Refused, Unavailable

HEADER = ("line", "reason", "column", "expected")


@dataclass(frozen=True, slots=True)
class Reject:
    """One row that was left out.

    ``reason`` is a short stable code, ``column`` ours (empty when the whole row is meant), ``expected`` says in words
    what would have been right.

    >>> Reject.from_error(7, InvalidInput("lat", "degrees between -90 and 90")).reason
    'bad_lat'
    """

    line: int
    reason: str
    column: str = ""
    expected: str = ""

    @classmethod
    def from_error(cls, line: int, error: InvalidInput | Refused) -> Reject:
        """The reject that an error of one row amounts to."""
        if isinstance(error, InvalidInput):
            return cls(line, f"bad_{error.field}", error.field, error.expected)
        column = "id" if error.code == "erased" else "birth_date"
        return cls(line, error.code, column, str(error))


class RejectsFile:
    """Collects rejects as CSV.

    The file appears with the first reject; one left by an earlier run goes when none come.

    Args:
        path: where to write.
        source: the file being read, which must not be overwritten.

    Raises:
        InvalidInput: when ``path`` is the source itself.
    """

    def __init__(self, path: Path, source: Path) -> None:
        if path.exists() and os.path.samefile(path, source):
            raise InvalidInput("rejects", "a path other than the file being imported")
        self.path = path
        self.reasons: Counter[str] = Counter()
        self._file: IO[str] | None = None

    @classmethod
    def beside(cls, source: Path) -> RejectsFile:
        """The default place: ``<file>.rejects.csv`` next to the source."""
        return cls(source.with_name(source.name + ".rejects.csv"), source)

    def __enter__(self) -> RejectsFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
        elif kind is None:
            self._remove_old()

    @property
    def written(self) -> Path | None:
        """The file, when there is one."""
        return self.path if self._file is not None else None

    def add(self, rejects: Iterable[Reject]) -> None:
        """Write rejects in the order of their lines.

        Raises:
            Unavailable: when the file cannot be written.
        """
        rows = sorted(rejects, key=lambda reject: reject.line)
        if not rows:
            return
        self.reasons.update(reject.reason for reject in rows)
        try:
            csv.writer(self._opened(), lineterminator="\n").writerows(
                (row.line, row.reason, row.column, row.expected) for row in rows
            )
            self._opened().flush()
        except OSError as error:
            raise Unavailable(
                f"the rejects file cannot be written ({error.strerror}); name another with --rejects and import again "
                "(what was stored is not stored twice)"
            ) from None

    def _opened(self) -> IO[str]:
        if self._file is None:
            self._file = self.path.open("w", encoding="utf-8", newline="")
            self._file.write(",".join(HEADER) + "\n")
        return self._file

    def _remove_old(self) -> None:
        """An old rejects file beside a now clean import would mislead; anything that is not one stays."""
        if not self.path.is_file():
            return
        with self.path.open("rb") as old:
            ours = old.readline().strip() == ",".join(HEADER).encode()
        if ours:
            self.path.unlink(missing_ok=True)
