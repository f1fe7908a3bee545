"""What was shown, and the audit trail, in the store in memory."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from twofold.domain.audit import AuditEntry
from twofold.domain.candidate import Keys
from twofold.domain.impression import Impression
from twofold.domain.time import Micros
from twofold.storage.details import decode_details, encode_details
from twofold.storage.memory_log import MemoryLog


class MemoryImpressions:
    """The port `ImpressionStore`."""

    _log: MemoryLog
    _lock: threading.RLock
    _shown: list[tuple[int, Impression]]
    _last_shown: int

    def add_impressions(self, rows: Sequence[Impression]) -> None:
        """Append; rows that name somebody who is gone are left out."""
        with self._lock:
            for row in rows:
                if not {row.viewer, row.candidate} & self._log.gone:
                    self._last_shown += 1
                    self._shown.append((self._last_shown, row))

    def impressions(self, viewer: int | None = None, limit: int = 1_000) -> list[Impression]:
        """The latest, newest first."""
        with self._lock:
            latest = (row for _, row in reversed(self._shown) if viewer is None or row.viewer == viewer)
            return list(islice(latest, limit))

    def count_impressions(self) -> int:
        """How many there are."""
        return len(self._shown)

    def impressions_after(self, seq: int, limit: int) -> tuple[int, list[Impression]]:
        """Up to ``limit`` with a number above ``seq``, oldest first, and the last number read."""
        with self._lock:
            found = list(islice((each for each in self._shown if each[0] > seq), limit))
        return (found[-1][0] if found else seq), [row for _, row in found]

    def shown_after(self, seq: int, limit: int, mark: str) -> tuple[int, Keys, NDArray[np.int64]]:
        """Who was shown when after a number, less the lists of the caller."""
        with self._lock:
            others = ((n, row) for n, row in self._shown if n > seq and not row.request_id.startswith(mark))
            found = list(islice(others, limit))
            last = found[-1][0] if len(found) == limit else max([seq, *(n for n, _ in self._shown[-1:])])
        table = np.array([(row.candidate, row.at) for _, row in found], np.int64).reshape(-1, 2)
        return last, np.ascontiguousarray(table[:, 0]), np.ascontiguousarray(table[:, 1])

    def shown_since(self, moment: Micros) -> tuple[int, Keys, NDArray[np.int64]]:
        """How often each candidate was shown at or after a moment."""
        with self._lock:
            counts = sorted(Counter(row.candidate for _, row in self._shown if row.at >= moment).items())
            last = self._shown[-1][0] if self._shown else 0
        table = np.array(counts, np.int64).reshape(-1, 2)
        return last, np.ascontiguousarray(table[:, 0]), np.ascontiguousarray(table[:, 1])

    def sampled_impressions(self, limit: int) -> list[Impression]:
        """The latest that carry feature values, newest first."""
        with self._lock:
            return list(islice((row for _, row in reversed(self._shown) if row.features is not None), limit))

    def _forget_shown(self, key: int) -> None:
        """Drop what names an erased person; the numbers of the others stay."""
        self._shown = [shown for shown in self._shown if key not in (shown[1].viewer, shown[1].candidate)]


class MemoryAudit:
    """The port `AuditStore`."""

    _lock: threading.RLock
    _entries: list[tuple[AuditEntry, str]]

    def add_audit(self, entry: AuditEntry) -> None:
        """Append one entry."""
        with self._lock:
            self._entries.append((replace(entry, details={}), encode_details(entry.details)))

    def audit(self, limit: int = 100, action: str | None = None, subject: str | None = None) -> list[AuditEntry]:
        """The latest, newest first."""
        with self._lock:
            latest = (
                replace(entry, details=decode_details(details))
                for entry, details in reversed(self._entries)
                if action in (None, entry.action) and subject in (None, entry.subject)
            )
            return list(islice(latest, limit))
