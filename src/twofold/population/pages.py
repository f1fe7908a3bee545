"""A file's pages in memory, and having the system bring them in before anybody waits for them."""

from __future__ import annotations

import mmap
from dataclasses import dataclass

import numpy as np

POPULATE_READ = 22  # MADV_POPULATE_READ of Linux 5.14, which Python has no name for
PAGE = 4_096


@dataclass(frozen=True, slots=True)
class Pages:
    """A mapped file, of which lists read the first ``hot`` bytes.

    Raises:
        ValueError: the mapping is smaller.
    """

    mapped: mmap.mmap
    hot: int

    def __post_init__(self) -> None:
        if not 0 <= self.hot <= len(self.mapped):
            raise ValueError(self.hot)

    def bring_in(self) -> None:
        """Put what lists read into the process' page tables."""
        if not self.hot:
            return
        try:
            self.mapped.madvise(POPULATE_READ, 0, self.hot)
        except OSError:  # an older system: one byte of each page is read
            np.frombuffer(self.mapped, np.uint8, self.hot)[::PAGE].max()
