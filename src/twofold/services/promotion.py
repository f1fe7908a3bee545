"""Which model serves: a challenger takes the champion's place by the promotion rule, and everything is on record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from twofold.domain.audit import AuditEntry, Json
from twofold.domain.errors import Refused
from twofold.domain.model import ModelRecord, ModelType, first_of_its_kind
from twofold.domain.ports import AuditStore
from twofold.domain.time import Clock, Micros
from twofold.evaluation.promotion import Verdict
from twofold.models.registry import Registry

Compare = Callable[[ModelRecord, ModelRecord], Verdict]
"""(champion, challenger) -> the verdict on the challenger; measures both, so it takes its time."""

COMPARE = "compare"  # the action under which verdicts are in the audit trail


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A verdict with what it is about: ``challenger`` was held against ``champion`` at a moment.

    >>> Compared(challenger="m0002", champion="m0001", at=Micros(0), verdict=Verdict(())).verdict.passed
    True
    """

    challenger: str
    champion: str
    at: Micros
    verdict: Verdict


class PromotionService:
    """Promotes by the rule, or by force; goes back; keeps the trail.

    Verdicts are kept in the audit trail and read back from there, so that a comparison that took minutes on the command
    line counts for a promotion over HTTP.

    Args:
        registry: moves the champion, and writes each move into the trail in the same commit.
        store: holds the trail.
        compare: measures a champion and a challenger.
        clock: dates comparisons.

    >>> from pathlib import Path
    >>> from twofold.storage.memory import MemoryStore
    >>> store, clock = MemoryStore(), lambda: Micros(0)
    >>> service = PromotionService(Registry(store, Path("models"), clock), store, lambda old, new: Verdict(()), clock)
    >>> service.audit()
    []
    """

    def __init__(self, registry: Registry, store: AuditStore, compare: Compare, clock: Clock) -> None:
        self._registry, self._store, self._compare, self._clock = registry, store, compare, clock

    def promote(self, version: str, actor: str, force: bool = False, measure: bool = True) -> ModelRecord:
        """Make a version the champion. Promoting the champion changes nothing.

        The first of its kind (nothing serves yet; or what serves cannot rank and this can) needs no comparison. Others
        need a verdict that passes: the latest one on this version and the present champion, else one measured now.

        Args:
            actor: who asks, for the trail; no person's name.
            force: promote whatever the verdict is, without measuring.
            measure: whether a comparison may be made now when there is none.

        Raises:
            NotFound: there is no such version.
            Refused: code ``promotion_rule``, it failed the rule; ``not_compared``, there is no verdict and none may be
                measured; ``not_comparable``, one of the two cannot rank; ``too_little``, there is too little data to
                tell by; ``champion_changed``, another version was promoted while this one was measured. Nothing has
                changed then.
            Damaged: its files, or the stored verdict, do not verify.
            Unavailable: the comparison cannot be made.
        """
        record, champion = self._registry.get(version), self._registry.champion()
        same = champion is not None and champion.version == version
        if champion is None or same or first_of_its_kind(champion, record):
            return self._registry.promote(version, actor, {"forced": force, "verdict": None})
        found = self._latest(record, champion)
        if not force:
            found = found or self._measured(record, champion, actor, measure)
            self._check(found)
        verdict = found.verdict.to_document() if found else None
        return self._registry.promote(version, actor, {"forced": force, "verdict": verdict})

    def compare(self, version: str, actor: str) -> Compared:
        """Measure a version beside the present champion, and keep the verdict.

        Raises:
            NotFound: there is no such version.
            Refused: code ``not_comparable``, when there is nothing to compare it with; ``too_little``, when there is
                too little data to tell by.
            Unavailable: the comparison cannot be made.
        """
        record, champion = self._registry.get(version), self._registry.champion()
        if champion is None:
            raise Refused("not_comparable", "nothing serves yet, so there is nothing to compare with; promote it")
        if champion.version == version:
            raise Refused("not_comparable", "this version serves already; name one that could take its place")
        if first_of_its_kind(champion, record):
            raise Refused("not_comparable", "the champion cannot rank and this can: promote it, it needs no comparison")
        return self._measured(record, champion, actor, measure=True)

    def rollback(self, actor: str) -> ModelRecord:
        """Make the champion what it was before the present one; needs no comparison, it has served before.

        Raises:
            NotFound: there is no earlier champion.
            Damaged: its files do not verify; nothing has changed then.
        """
        return self._registry.rollback(actor)

    def audit(self, limit: int = 100) -> Sequence[AuditEntry]:
        """The trail, newest first."""
        return self._store.audit(limit)

    def _latest(self, record: ModelRecord, champion: ModelRecord) -> Compared | None:
        """The latest verdict on this very pair."""
        for entry in self._store.audit(limit=100, action=COMPARE, subject=record.version):
            if entry.details.get("champion") == champion.version:
                verdict = Verdict.from_document(entry.details.get("verdict"))
                return Compared(challenger=record.version, champion=champion.version, at=entry.at, verdict=verdict)
        return None

    def _measured(self, record: ModelRecord, champion: ModelRecord, actor: str, measure: bool) -> Compared:
        if ModelType.COLLABORATIVE in (record.type, champion.type):
            raise Refused(
                "not_comparable",
                f"{record.version} cannot be compared with the champion {champion.version}: both have to rank, and one "
                f"has the first stage alone. {_by_force(record.version)}",
            )
        if not measure:
            raise Refused(
                "not_compared",
                f"{record.version} has not been compared with the champion {champion.version}, and measuring takes too "
                f"long to wait for here. Run `twofold models compare {record.version}`, then promote again. "
                f"{_by_force(record.version)}",
            )
        try:
            verdict = self._compare(champion, record)
        except Refused as error:
            raise Refused(error.code, f"{str(error).rstrip('.')}. {_by_force(record.version)}") from error
        found = Compared(challenger=record.version, champion=champion.version, at=self._clock(), verdict=verdict)
        self._keep(found, actor)
        return found

    def _keep(self, found: Compared, actor: str) -> None:
        details: dict[str, Json] = {"champion": found.champion, "verdict": found.verdict.to_document()}
        self._store.add_audit(
            AuditEntry(at=found.at, actor=actor, action=COMPARE, subject=found.challenger, details=details)
        )

    def _check(self, found: Compared) -> None:
        """Refuse what failed, and what was held against somebody who is champion no more."""
        champion = self._registry.champion()
        if champion is None or champion.version != found.champion:
            raise Refused(
                "champion_changed",
                f"{found.challenger} was compared with {found.champion}, and meanwhile another version serves; "
                "nothing was changed. Promote again, which compares with that one",
            )
        if not found.verdict.passed:
            failed = "; ".join(check.said for check in found.verdict.failed)
            raise Refused(
                "promotion_rule",
                f"{found.challenger} may not take the place of {found.champion}. {failed}. `twofold models compare "
                f"{found.challenger}` measures anew. {_by_force(found.challenger)}",
            )


def _by_force(version: str) -> str:
    return f"To serve it all the same: `twofold models promote {version} --force` (over HTTP `?force=true`)"
