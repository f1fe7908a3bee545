"""``twofold snapshot``: everyone in files, from which servers start at once."""

from __future__ import annotations

from typing import Any

from twofold.bootstrap import snapshots_of
from twofold.entrypoints.cli.options import AsJson, DatabaseUrl, DataDir, opened_store, settings_of
from twofold.entrypoints.cli.output import count, emit_json, say_facts
from twofold.entrypoints.cli.progress import progress


def snapshot(as_json: AsJson = False, data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Write everyone as of now into the data folder, for servers to start from.

    A server that starts reads the newest snapshot and what came after it, not the whole log; processes on one machine
    share its memory. `twofold train` makes one too. Of older ones the newest is kept. Nothing is lost without: the log
    is read instead.

    \b
    Examples:
      twofold snapshot
      twofold snapshot --json
    """
    settings = settings_of(data_dir, database_url)
    with opened_store(settings) as store, progress(quiet=as_json) as report:
        made = snapshots_of(settings, store).make(report)
    if as_json:
        emit_json(made)
    else:
        say_snapshot(made)


def say_snapshot(made: dict[str, Any]) -> None:
    """What was written, how large it is, and how long it took."""
    each = made["bytes_per_person"]
    say_facts(
        {
            "snapshot": made["snapshot"],
            "people": count(made["people"]),
            "log position": count(made["position"]),
            "size": f"{made['bytes'] / 1e6:.1f} MB" + (f", {count(each)} bytes a person" if each else ""),
            "seconds": f"{sum(made['seconds'].values()):.1f}",
        }
    )
