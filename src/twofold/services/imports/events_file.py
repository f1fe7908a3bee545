"""Rows of events: columns of text become columns of numbers; a row that does not fit becomes a reject.

The common case costs a few dictionary look-ups and one parsed time a row; why a row is bad is only asked of bad rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from operator import eq

from twofold.domain.event import KINDS_BY_LABEL, WRITABLE_KINDS, client_digest
from twofold.domain.person import MAX_ID, is_id
from twofold.domain.time import EARLIEST, LATEST, Micros
from twofold.services.imports.cells import FUTURE_SLACK, MOMENT, moment
from twofold.services.imports.chunk import Chunk
from twofold.services.imports.rejects import Reject

ID = f"1 to {MAX_ID} printable characters"
Why = tuple[str, str, str]  # reason, column, expected


@dataclass(frozen=True, slots=True)
class EventRows:
    """Events whose people are still ids: equally long columns, in the order of the file.

    ``actor`` and ``target`` are valid ids and differ; whether these people exist is not known here.
    """

    lines: Sequence[int]
    actor: Sequence[str]
    target: Sequence[str]
    kind: Sequence[int]
    at: Sequence[int]
    client: Sequence[bytes | None]

    def __len__(self) -> int:
        return len(self.lines)

    def keep(self, mask: Sequence[bool]) -> EventRows:
        """The rows whose mask is true."""
        return EventRows(
            list(compress(self.lines, mask)),
            list(compress(self.actor, mask)),
            list(compress(self.target, mask)),
            list(compress(self.kind, mask)),
            list(compress(self.at, mask)),
            list(compress(self.client, mask)),
        )


class EventReader:
    """Parses and judges chunks of events.

    Args:
        kinds: what a kind is called in the file -> its number (`mapping.kind_numbers`).
        now: the present; an event later than a day after it is rejected.
    """

    def __init__(self, kinds: Mapping[str, int], now: Micros) -> None:
        self._kinds = kinds
        self._latest = now + FUTURE_SLACK

    def read(self, chunk: Chunk) -> tuple[EventRows, list[Reject]]:
        """The good rows, and a reject for each of the others."""
        actor, target, kind, at, client = chunk.columns
        named = {name: self._kind(name) for name in set(kind)}
        kinds = [named[name] for name in kind]
        moments = [moment(cell) for cell in at]
        digests = [client_digest(cell) if cell and is_id(cell) else None for cell in client]
        bad = self._judge(chunk, kinds, moments, digests)
        rows = EventRows(
            chunk.lines,
            actor,
            target,
            [number or 0 for number in kinds],  # 0 stands in bad rows only
            [value or 0 for value in moments],
            digests,
        )
        if bad:
            rows = rows.keep([row not in bad for row in range(len(rows))])
        return rows, [*chunk.broken, *bad.values()]

    def _judge(
        self, chunk: Chunk, kinds: list[int | None], moments: list[int | None], digests: list[bytes | None]
    ) -> dict[int, Reject]:
        """Rejects by row. Columns are judged in order: a reject names the first thing wrong with its row."""
        actor, target, kind, _, client = chunk.columns
        wrong_ids = {id_ for id_ in {*actor, *target} if not is_id(id_)}
        early, late = EARLIEST, self._latest
        marks: list[tuple[list[bool], Callable[[int], Why]]] = [
            ([id_ in wrong_ids for id_ in actor], lambda _: ("bad_actor", "actor", ID)),
            ([id_ in wrong_ids for id_ in target], lambda _: ("bad_target", "target", ID)),
            (list(map(eq, actor, target)), lambda _: ("self", "target", "somebody else than the actor")),
            ([number is None for number in kinds], lambda row: _kind_reject(kind[row])),
            (
                [value is None or not early <= value <= late for value in moments],
                lambda row: _time_reject(moments[row]),
            ),
            (
                [bool(cell) and not digest for cell, digest in zip(client, digests, strict=True)],
                lambda _: ("bad_id", "id", ID),
            ),
        ]
        bad: dict[int, Reject] = {}
        for wrong, why in marks:
            if True in wrong:
                for row in compress(range(len(wrong)), wrong):
                    if row not in bad:
                        bad[row] = Reject(chunk.lines[row], *why(row))
        return bad

    def _kind(self, name: str) -> int | None:
        number = self._kinds.get(name)
        return self._kinds.get(name.strip().lower()) if number is None else number


def _kind_reject(name: str) -> Why:
    known = f"one of {', '.join(WRITABLE_KINDS)}; give foreign names with --kind THEIRS=OURS"
    if name.strip().lower() in KINDS_BY_LABEL:
        return "derived_kind", "kind", f"{known} (a match follows by itself from mutual likes)"
    return "unknown_kind", "kind", known


def _time_reject(value: int | None) -> Why:
    if value is None:
        return "bad_at", "at", MOMENT
    if not EARLIEST <= value <= LATEST:
        return "bad_at", "at", f"{MOMENT}, between 1950 and 2149 (seconds, not milliseconds)"
    return "future", "at", "a time that is not more than a day ahead"
