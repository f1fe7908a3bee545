"""Files come in, bad rows are told, and the exit code says whether anything was taken."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.cli.conftest import EVENTS, PEOPLE, Command


def write(path: Path, *lines: str) -> str:
    path.write_text("\n".join(lines) + "\n")
    return str(path)


def test_people_and_events_come_in_and_importing_again_changes_nothing(twofold: Command, files: Path) -> None:
    people, events = str(files / "people.csv"), str(files / "events.csv")
    assert twofold("import", "people", people, "--json").document["accepted"] == PEOPLE
    assert twofold("import", "events", events, "--json").document["accepted"] == EVENTS
    assert twofold("import", "people", people, "--json").document["unchanged"] == PEOPLE
    again = twofold("import", "events", events)
    assert again.code == 0
    assert f"repeated  {EVENTS:,}" in again.out


def test_a_bad_row_is_told_and_the_rest_is_taken(twofold: Command, tmp_path: Path) -> None:
    file = write(tmp_path / "p.csv", "id,birth_date", "ada,1990-01-01", "kid,2020-01-01", "eve,soon")
    ran = twofold("import", "people", file)
    assert ran.code == 0
    assert "left out  2" in ran.out
    assert "p.csv.rejects.csv" in ran.out
    assert (tmp_path / "p.csv.rejects.csv").read_text().count("\n") == 3


def test_a_file_of_which_nothing_is_taken_ends_with_2(twofold: Command, tmp_path: Path) -> None:
    file = write(tmp_path / "p.csv", "id,birth_date", "kid,2020-01-01")
    rejects = tmp_path / "elsewhere.csv"
    ran = twofold("import", "people", file, "--rejects", str(rejects), "--json")
    assert ran.code == 2
    assert ran.document["rejects_path"] == str(rejects)
    assert ran.err == "error: nothing was taken from this file\n"


def test_an_empty_file_is_no_error(twofold: Command, tmp_path: Path) -> None:
    assert twofold("import", "people", write(tmp_path / "p.csv", "id")).code == 0


def test_foreign_names_are_mapped(twofold: Command, tmp_path: Path) -> None:
    people = write(tmp_path / "p.csv", "user,born", "ada,1990-01-01", "bob,1991-01-01")
    assert twofold("import", "people", people, "--map", "id=user", "--map", "birth_date=born").code == 0
    swipes = write(tmp_path / "e.csv", "from,to,dir,at", "ada,bob,right,1700000000", "bob,ada,left,1700000001")
    names = (
        "--map",
        "actor=from",
        "--map",
        "target=to",
        "--map",
        "kind=dir",
        "--kind",
        "right=like",
        "--kind",
        "left=pass",
    )
    assert twofold("import", "events", swipes, *names, "--json").document["accepted"] == 2


def test_a_dry_run_stores_nothing(twofold: Command, files: Path) -> None:
    ran = twofold("import", "people", str(files / "people.csv"), "--dry-run")
    assert "nothing was stored" in ran.out
    assert twofold("import", "people", str(files / "people.csv"), "--json").document["accepted"] == PEOPLE


def test_people_can_be_made_from_events_when_their_age_may_be_unknown(twofold: Command, tmp_path: Path) -> None:
    file = write(tmp_path / "e.csv", "actor,target,kind,at", "ada,bob,like,1700000000")
    refused = twofold("import", "events", file, "--create-people")
    assert refused.code == 3
    assert "--admit-age-unknown" in refused.err
    made = twofold("import", "events", file, "--create-people", "--admit-age-unknown", "--json").document
    assert (made["created_people"], made["accepted"]) == (2, 1)


def test_mistakes_end_with_a_line_that_says_what_to_do(twofold: Command, tmp_path: Path) -> None:
    missing = twofold("import", "people", str(tmp_path / "none.csv"))
    assert missing.code == 4
    wrong = twofold("import", "people", write(tmp_path / "p.csv", "name", "ada"))
    assert wrong.code == 2
    assert "--map id=" in wrong.err
    pair = twofold("import", "people", str(tmp_path / "p.csv"), "--map", "nonsense")
    assert pair.code == 2
    for ran in (missing, wrong, pair):
        assert ran.out == ""
        assert ran.err.startswith("error: ")
        assert ran.err.count("\n") == 1
