"""Which versions there are, which one serves, and the way back."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from twofold.domain.audit import AuditEntry, Json
from twofold.domain.errors import NotFound
from twofold.domain.model import Alias, ModelRecord, ModelState
from twofold.domain.ports import ModelStore
from twofold.domain.time import Clock
from twofold.models.artifact import JSON, read_artifact
from twofold.models.loaded import RECIPE_DOCUMENT, LoadedModel


class Registry:
    """The versions in the store and their folders below one root.

    The alias ``champion`` is the version that serves, ``candidate`` the one that waits. Nothing is pointed at before
    its files verify.

    Args:
        store: holds the records and aliases.
        root: the folder of model folders.
        clock: dates the moves of aliases.
        check: raises when a loaded model cannot be served (its features are not this release's, say).
    """

    def __init__(
        self, store: ModelStore, root: Path, clock: Clock, check: Callable[[LoadedModel], object] | None = None
    ) -> None:
        self._store, self._root, self._clock, self._check = store, root, clock, check

    def list(self) -> Sequence[ModelRecord]:
        """All versions, newest first."""
        return self._store.list_models()

    def get(self, version: str) -> ModelRecord:
        """One version.

        Raises:
            NotFound: there is none of this name.
        """
        record = self._store.get_model(version)
        if record is None:
            raise NotFound("there is no model of this version; `twofold models list` shows what there is")
        return record

    def champion(self) -> ModelRecord | None:
        """The version that serves."""
        return self._at(Alias.CHAMPION)

    def candidate(self) -> ModelRecord | None:
        """The newest version that waits to be promoted."""
        return self._at(Alias.CANDIDATE)

    def register(self, record: ModelRecord) -> None:
        """Add a version; it becomes the candidate, and whichever was before it stays promotable by name."""
        self._store.add_model(replace(record, state=ModelState.CANDIDATE))
        self._store.set_alias(Alias.CANDIDATE, record.version, self._clock())

    def promote(self, version: str, actor: str = "system", details: Mapping[str, Json] | None = None) -> ModelRecord:
        """Make a version the champion; the old champion is retired. Promoting the champion changes nothing.

        The move and its entry in the audit trail are one commit. Whether it should be promoted is not asked here:
        `services.promotion` does.

        Args:
            actor: who does it, for the trail.
            details: the grounds, for the trail; ``from`` (the old champion) is added.

        Raises:
            NotFound: there is none of this name.
            Damaged: its files do not verify; nothing has changed then.
            Refused: it cannot be served; nothing has changed then.
        """
        self._crown(version, "promote", actor, details or {})
        return self.get(version)

    def rollback(self, actor: str = "system") -> ModelRecord:
        """Make the champion what it was before the present one, and retire the present one.

        Rolling back again goes further back: a version that was rolled back from does not return by itself.

        Raises:
            NotFound: there is no earlier champion.
            Damaged: the earlier champion's files do not verify; nothing has changed then.
        """
        reigns = self._reigns()
        if len(reigns) < 2:
            raise NotFound("there is no earlier champion to roll back to; `twofold models promote VERSION` chooses one")
        self._crown(reigns[-2], "rollback", actor, {})
        return self.get(reigns[-2])

    def load(self, version: str) -> LoadedModel:
        """A version in memory.

        Raises:
            NotFound: there is none of this name.
            Damaged: its files do not verify.
        """
        record = self.get(version)
        return LoadedModel.build(record, read_artifact(self._root, record.artifact, record.digest))

    def recipe(self, version: str) -> JSON:
        """How a version was trained, as its artifact has it (`training.recipe.Recipe`); None in older ones.

        Raises:
            NotFound: there is none of this name.
            Damaged: its files do not verify.
        """
        record = self.get(version)
        return read_artifact(self._root, record.artifact, record.digest).documents.get(RECIPE_DOCUMENT)

    def _at(self, alias: Alias) -> ModelRecord | None:
        version = self._store.aliases().get(alias)
        return None if version is None else self.get(version)

    def _crown(self, version: str, action: str, actor: str, details: Mapping[str, Json]) -> None:
        model = self.load(version)
        if self._check is not None:
            self._check(model)
        before, now = self._store.aliases().get(Alias.CHAMPION), self._clock()
        entry = AuditEntry(at=now, actor=actor, action=action, subject=version, details={"from": before, **details})
        self._store.set_alias(Alias.CHAMPION, version, now, entry if before != version else None)
        waiting = self.candidate()
        if waiting is not None and waiting.version == version:
            self._store.set_alias(Alias.CANDIDATE, None, self._clock())

    def _reigns(self) -> Sequence[str]:
        """Champions that stand above each other, oldest first, the present one last.

        The alias' history, in which going back to the champion below takes the upper one away.
        """
        stack = deque[str]()
        for _, version in reversed(self._store.alias_history(Alias.CHAMPION)):
            if version is None or (stack and stack[-1] == version):
                continue
            if len(stack) > 1 and stack[-2] == version:
                stack.pop()
            else:
                stack.append(version)
        return tuple(stack)
