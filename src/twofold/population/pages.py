"""A file's pages in memory, and having the system bring them in before anybody waits for them."""

from __future__ import annotations

import mmap
import os
import weakref
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Number = TypeVar("Number", bound=np.generic)

POPULATE_READ = 22  # MADV_POPULATE_READ of Linux 5.14, which Python has no name for
PAGE = 4_096


@dataclass(frozen=True, eq=False)
class Pages:
    """A mapped file, of which lists read the first ``hot`` bytes.

    Args:
        file: its descriptor, which is duplicated.

    Raises:
        ValueError: the mapping is smaller.
    """

    mapped: mmap.mmap
    hot: int
    file: int

    def __post_init__(self) -> None:
        if not 0 <= self.hot <= len(self.mapped):
            raise ValueError(self.hot)
        object.__setattr__(self, "file", os.dup(self.file))
        object.__setattr__(self, "_start", _address(np.frombuffer(self.mapped, np.uint8)))
        weakref.finalize(self, os.close, self.file)

    def copy_of(self, some: NDArray[Number]) -> NDArray[Number]:
        """A few numbers of a column that lies in the file and is never written to, read without mapping their pages.

        With one page that is touched the system maps the fifteen around it too, and counts all as the process' memory.
        """
        start: int = self._start  # type: ignore[attr-defined]
        return np.frombuffer(os.pread(self.file, some.nbytes, _address(some) - start), some.dtype)

    def bring_in(self) -> None:
        """Put what lists read into the process' page tables."""
        if not self.hot:
            return
        try:
            self.mapped.madvise(POPULATE_READ, 0, self.hot)
        except OSError:  # an older system: one byte of each page is read
            np.frombuffer(self.mapped, np.uint8, self.hot)[::PAGE].max()


def _address(array: NDArray[np.generic]) -> int:
    place: int = array.__array_interface__["data"][0]
    return place
