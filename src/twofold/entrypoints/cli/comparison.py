"""How the command line compares two models: the one place where measuring meets the promotion service."""

from __future__ import annotations

from twofold.domain.model import ModelRecord
from twofold.domain.ports import Store
from twofold.entrypoints.cli.progress import Report
from twofold.evaluation.promotion import Verdict
from twofold.services.promotion import Compare
from twofold.settings import Settings


def comparison(settings: Settings, store: Store, report: Report) -> Compare:
    """What measures a champion and a challenger on this installation's data; ``report`` is told where it is."""

    def compare(champion: ModelRecord, challenger: ModelRecord) -> Verdict:
        # It imports what fits models, which takes seconds: no other command shall wait for it.
        from twofold.entrypoints.cli.evaluation.rivals import Rivals

        return Rivals(settings, store, report).verdict(champion, challenger)

    return compare
