"""Who must not be shown to whom because of what happened between them, with the reason and for how long."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from twofold.compiled import Column, Table, compiled
from twofold.domain.candidate import Codes, Keys, Removed
from twofold.domain.changes import EventColumns
from twofold.domain.event import RULES, EventKind, Excludes, KindRule
from twofold.domain.time import LATEST
from twofold.population.frozen import Arrays
from twofold.population.history import History

FOREVER, BLOCKED = int(LATEST), int(Removed.BLOCKED)
# By kind: why the actor does not see the target any more (0: sees them), and for how long; blocks are kept apart.
KINDS = max(EventKind) + 1
WHY, MICROS = np.zeros(KINDS, np.uint8), np.full(KINDS, 2**62, np.int64)
for _kind, _rule in RULES.items():
    if _rule.excludes is not Excludes.NOBODY and _kind is not EventKind.BLOCK:
        WHY[_kind] = Removed[_rule.reason.upper()]
        MICROS[_kind] = MICROS[_kind] if _rule.micros is None else _rule.micros

# Of a viewer: whom they do not see and why, and until when.
Noted = dict[int, dict[tuple[int, int], int]]
NOTHING: dict[Any, int] = {}
NOBODY: frozenset[int] = frozenset()
Edges = tuple[Keys, Keys, Codes, NDArray[np.int64]]


class Relations:
    """Exclusions as directed edges: sorted arrays for what was loaded, small dictionaries for what came since.

    Whom people excluded by loaded acts of their own is read from these acts; edges are kept of the other direction.

    Blocks are kept apart, since an unblock lifts them again: those of the same actor that came before it in the log and
    are not later by their own time, so that an unblock that was sent late never lifts a newer block.
    """

    def __init__(self, events: EventColumns | None = None, acts: History | None = None) -> None:
        """Of a log.

        Args:
            acts: what each person did in it.
        """
        if acts is None:
            events = EventColumns.empty() if events is None else events
            acts = History.given(events, int(max(events.actor.max(initial=-1), events.target.max(initial=-1))) + 1)
        self._acts = acts
        self._start = np.zeros(1, np.int64)
        self._target: NDArray[np.int32] = np.empty(0, np.int32)
        self._code: Codes = np.empty(0, np.uint8)
        self._until: NDArray[np.int64] = np.empty(0, np.int64)
        self._new: Noted = {}
        self._new_back: Noted = {}
        self._blocks: dict[int, dict[int, int]] = {}
        self._blocked_by: dict[int, set[int]] = {}
        self._gone: set[int] = set()
        self._lately: tuple[int, int, Keys, Codes] | None = None  # filters of one list ask the same again and again
        if events is not None and len(events):
            self._load(events)

    def frozen(self) -> dict[str, NDArray[Any]]:
        """All that acts do not tell, as arrays: edges of one viewer side by side, and blocks; nothing of who is
        forgotten."""
        new = [(viewer, *edge, until) for viewer, mine in self._new_back.items() for edge, until in mine.items()]
        viewer, target, code, until = np.array(new, np.int64).reshape(-1, 4).T
        owner = np.repeat(np.arange(len(self._start) - 1, dtype=np.int64), np.diff(self._start))
        viewers, people = np.concatenate([owner, viewer]), int(max([len(self._start) - 2, *viewer.tolist()])) + 1
        targets = np.concatenate([self._target, target])
        order = np.argsort(viewers, kind="stable")
        gone = np.array(sorted(self._gone), np.int64)
        if len(gone):
            order = order[~(np.isin(viewers[order], gone) | np.isin(targets[order], gone))]
        blocks = [(actor, other, at) for actor, mine in self._blocks.items() for other, at in mine.items()]
        return {
            "start": np.searchsorted(viewers[order], np.arange(people + 1)),
            "target": targets[order].astype(np.int32),
            "code": np.concatenate([self._code, code.astype(np.uint8)])[order],
            "until": np.concatenate([self._until, until])[order],
            "blocks": np.array(blocks, np.int64).reshape(-1, 3),
        }

    @classmethod
    def thawed(cls, arrays: Arrays, acts: History) -> Relations:
        """Of what `frozen` gave, and all acts."""
        relations = cls(acts=acts)
        relations._start, relations._target = arrays["start"], arrays["target"]
        relations._code, relations._until = arrays["code"], arrays["until"]
        for actor, other, at in arrays["blocks"].tolist():
            relations._blocks.setdefault(actor, {})[other] = at
            relations._blocked_by.setdefault(other, set()).add(actor)
        return relations

    def apply(self, actor: int, target: int, kind: EventKind, at: int) -> None:
        """Follow one more event, in log order."""
        self._lately = None
        rule = RULES[kind]
        if kind is EventKind.BLOCK:
            mine = self._blocks.setdefault(actor, {})
            mine[target] = max(at, mine.get(target, at))
            self._blocked_by.setdefault(target, set()).add(actor)
        elif kind is EventKind.UNBLOCK:
            self._unblock(actor, target, at)
        elif rule.excludes is not Excludes.NOBODY:
            _note(self._new, actor, target, rule, at)
            if rule.excludes is Excludes.BOTH:
                _note(self._new_back, target, actor, rule, at)

    def follow(self, events: EventColumns) -> None:
        """Follow many events at once, as `apply` each."""
        self._lately = None
        for noted, back in ((self._new, False), (self._new_back, True)):
            columns = (column.tolist() for column in _edges(events, back))
            for viewer, target, code, until in zip(*columns, strict=True):
                _until_then(noted, viewer, (target, code), until)
        self._follow_blocks(events)

    def excluded(self, viewer: int, now: int) -> tuple[Keys, Codes]:
        """People the viewer must not see now: keys and `Removed` codes; a person may stand there more than once."""
        lately = self._lately
        if lately is None or lately[:2] != (viewer, now):
            self._lately = lately = (viewer, now, *self._excluded(viewer, now))
        return lately[2:]

    def _excluded(self, viewer: int, now: int) -> tuple[Keys, Codes]:
        noted = [*self._new.get(viewer, NOTHING).items(), *self._new_back.get(viewer, NOTHING).items()]
        edges = [edge for edge, until in noted if until > now]
        edges += [
            (key, BLOCKED) for key in self._blocks.get(viewer, NOTHING).keys() | self._blocked_by.get(viewer, NOBODY)
        ]
        new = np.array(edges, np.int64).reshape(-1, 2)
        acts = self._acts.acts_of(viewer, LATEST)
        back = self._start, self._target, self._code, self._until
        return lasting(viewer, now, acts.kind, acts.at, acts.other, WHY, MICROS, *back, new)

    def forget(self, key: int) -> None:
        """Drop what is kept of one person in dictionaries; loaded edges name a key that is nobody's any more, and are
        left out when all is frozen."""
        self._lately = None
        self._gone.add(key)
        self._new.pop(key, None)
        self._new_back.pop(key, None)
        for other in self._blocks.pop(key, {}):
            self._blocked_by[other].discard(key)
        for other in self._blocked_by.pop(key, set()):
            self._blocks[other].pop(key, None)

    def _unblock(self, actor: int, target: int, at: int) -> None:
        mine = self._blocks.get(actor, {})
        if target in mine and mine[target] <= at:
            del mine[target]
            self._blocked_by[target].discard(actor)

    def _load(self, events: EventColumns) -> None:
        viewer, target, code, until = _edges(events, back=True)
        order = np.argsort(viewer, kind="stable")
        people = int(max(events.actor.max(), events.target.max())) + 1
        self._start = np.searchsorted(viewer[order], np.arange(people + 1))
        self._target, self._code, self._until = target[order].astype(np.int32), code[order], until[order]
        self._follow_blocks(events)

    def _follow_blocks(self, events: EventColumns) -> None:
        blocks = np.isin(events.kind, (EventKind.BLOCK, EventKind.UNBLOCK))
        some = events.take(blocks)
        for actor, other, kind, at in zip(
            some.actor.tolist(), some.target.tolist(), some.kind.tolist(), some.at.tolist(), strict=True
        ):
            self.apply(actor, other, EventKind(kind), at)


def _note(noted: Noted, viewer: int, target: int, rule: KindRule, at: int) -> None:
    until = FOREVER if rule.micros is None else at + rule.micros
    _until_then(noted, viewer, (target, int(Removed[rule.reason.upper()])), until)


def _until_then(noted: Noted, viewer: int, edge: tuple[int, int], until: int) -> None:
    mine = noted.get(viewer)
    if mine is None:
        noted[viewer] = {edge: until}
    else:
        mine[edge] = max(until, mine.get(edge, until))


@compiled
def lasting(
    viewer: int,
    now: int,
    kind: Column[np.int8],
    at: Column[np.int64],
    other: Column[np.int32],
    why: Column[np.uint8],
    micros: Column[np.int64],
    start: Column[np.int64],
    target: Column[np.int32],
    code: Column[np.uint8],
    until: Column[np.int64],
    new: Table[np.int64],
) -> tuple[Keys, Codes]:
    """Whom a viewer must not see now, and why: by their own acts that were loaded, by those of others, by what is new.

    Args:
        kind, at, other: (m,) acts of the viewer (`Acts`).
        why, micros: by kind, as of `WHY` and `MICROS`.
        start, target, code, until: edges of each viewer, by others' acts.
        new: (n, 2) keys and codes.
    """
    theirs = start[viewer : viewer + 2] if viewer + 1 < len(start) else np.zeros(2, np.int64)
    room, found = len(kind) + theirs[1] - theirs[0] + len(new), 0
    keys, codes = np.empty(room, np.int64), np.empty(room, np.uint8)
    for act in range(len(kind)):
        if why[kind[act]] > 0 and at[act] > now - micros[kind[act]]:
            keys[found], codes[found] = other[act], why[kind[act]]
            found += 1
    for edge in range(theirs[0], theirs[1]):
        if until[edge] > now:
            keys[found], codes[found] = target[edge], code[edge]
            found += 1
    for edge in range(len(new)):
        keys[found], codes[found] = new[edge, 0], new[edge, 1]
        found += 1
    return keys[:found], codes[:found]


def _edges(events: EventColumns, back: bool) -> Edges:
    """The exclusions that events make, blocks apart, kind by kind: viewer, target, code, until.

    Args:
        back: those of the targets; else those of the actors.
    """
    parts = [_edges_of(events, kind, rule, back) for kind, rule in RULES.items() if kind is not EventKind.BLOCK]
    viewer, target, code, until = (np.concatenate(column) for column in zip(*parts, strict=True))
    return viewer, target, code, until


def _edges_of(events: EventColumns, kind: EventKind, rule: KindRule, back: bool) -> Edges:
    if rule.excludes is Excludes.NOBODY or (back and rule.excludes is not Excludes.BOTH):
        none = np.empty(0, np.int64)
        return none, none, np.empty(0, np.uint8), none
    chosen = events.kind == kind
    actor, other, at = events.actor[chosen], events.target[chosen], events.at[chosen]
    viewer, target = (other, actor) if back else (actor, other)
    until = np.full(len(at), FOREVER, np.int64) if rule.micros is None else at + rule.micros
    return viewer, target, np.full(len(viewer), Removed[rule.reason.upper()], np.uint8), until
