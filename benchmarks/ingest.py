"""How fast validated events come in from a CSV file, beside the csv module and sqlite3 alone.

    python benchmarks/ingest.py [--people 20000] [--events 500000] [--seed 1] [--json OUT]

The baseline reads the same file and inserts its rows into one bare table, without validation, look-ups, indexes or
repeats: what remains of the ratio is the price of a log that can be trusted. Absolute figures drift with the machine.
"""

from __future__ import annotations

import argparse
import csv
import json
import sqlite3
import tempfile
import time
from datetime import date
from pathlib import Path

import msgspec

from twofold.bench.machine import Machine
from twofold.domain.event import EventKind
from twofold.domain.person import Admission
from twofold.domain.ports import Store
from twofold.domain.time import Micros, system_clock
from twofold.services.imports.importing import ImportEvents
from twofold.simulation.town import Town, build_town
from twofold.storage.url import open_store

KINDS = {kind.value: kind.label for kind in EventKind}


def write_events(town: Town, path: Path, client_ids: bool) -> None:
    """The town's events as the import reads them."""
    ids = [person.id for person in town.people]
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["actor", "target", "kind", "at", *(["id"] if client_ids else [])])
        columns = zip(town.actor.tolist(), town.target.tolist(), town.kind.tolist(), town.at.tolist(), strict=True)
        for number, (actor, target, kind, at) in enumerate(columns):
            label = KINDS[kind]
            client = [f"{number * 2_654_435_761 % 2**64:016x}"] if client_ids else []
            rows.writerow([ids[actor], ids[target], label, at / 1e6, *client])


def bare(path: Path, database: Path) -> float:
    """Seconds that the csv module and sqlite3 alone take."""
    start = time.perf_counter()
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE events (actor TEXT, target TEXT, kind TEXT, at REAL)")
    with path.open(newline="") as file, connection:
        rows = csv.reader(file)
        next(rows)
        connection.executemany("INSERT INTO events VALUES (?, ?, ?, ?)", (row[:4] for row in rows))
    connection.close()
    return time.perf_counter() - start


def imported(path: Path, store: Store, admission: Admission) -> tuple[float, int]:
    """Seconds that `twofold import events` takes, and how many events it accepted."""
    summary = ImportEvents(store, system_clock, admission).run(path)
    return summary.seconds, summary.accepted


def measure(people: int, events: int, seed: int, folder: Path) -> list[dict[str, object]]:
    """One row per way of importing."""
    town = build_town(people, events, seed, Micros(system_clock()))
    admission, rows = Admission(), []
    for name, client_ids in (("events", False), ("events with client ids", True)):
        path = folder / f"{client_ids}.csv"
        write_events(town, path, client_ids)
        store = open_store(f"sqlite:///{folder / f'{client_ids}.db'}")
        store.prepare()
        store.put_people([(person, False) for person in town.people], system_clock())
        baseline = bare(path, folder / f"{client_ids}-bare.db")
        seconds, accepted = imported(path, store, admission)
        store.close()
        rows.append(
            {
                "what": name,
                "events": accepted,
                "seconds": round(seconds, 2),
                "events_per_second": round(accepted / seconds),
                "baseline_seconds": round(baseline, 2),
                "ratio": round(seconds / baseline, 2),
            }
        )
    return rows


def main() -> None:
    """Measure, print a table, and write JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--events", type=int, default=500_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(asked.people, asked.events, asked.seed, Path(folder))
    machine = {**msgspec.structs.asdict(Machine.this()), "sqlite": sqlite3.sqlite_version}
    print(f"{asked.people:,} people, seed {asked.seed}, {machine}, {date.today().isoformat()}")  # noqa: DTZ011
    print(f"{'what':<24}{'events':>10}{'seconds':>9}{'per second':>12}{'bare':>7}{'ratio':>7}")
    for row in rows:
        print(
            f"{row['what']:<24}{row['events']:>10,}{row['seconds']:>9}{row['events_per_second']:>12,}"
            f"{row['baseline_seconds']:>7}{row['ratio']:>7}"
        )
    if asked.json:
        asked.json.write_text(
            json.dumps({**machine, "people": asked.people, "seed": asked.seed, "rows": rows}, indent=1)
        )


if __name__ == "__main__":
    main()
