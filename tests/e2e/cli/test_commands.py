"""The main job, command by command, on a store with both stages trained."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.e2e.cli.conftest import EVENTS, PEOPLE, Command
from twofold.features.spec import VERSIONS

ANSWER_KEYS = ["request_id", "person", "items", "model", "features", "degraded", "removed", "timings_ms"]
ITEM_KEYS = ["person", "score", "p_viewer_likes", "p_candidate_likes", "sources", "reason", "position"]


def test_a_list_for_machines_is_the_answer_of_http(twofold: Command, trained_dir: Path) -> None:
    answer = twofold("recommend", "p1", "--limit", "5", "--json", data_dir=trained_dir).document
    assert list(answer) == ANSWER_KEYS
    assert [list(item) for item in answer["items"]] == [ITEM_KEYS] * 5
    assert (answer["person"], answer["model"], answer["degraded"]) == ("p1", "m0001", False)


def test_a_list_for_people_shows_scores_sources_and_reasons(twofold: Command, trained_dir: Path) -> None:
    seeded = ("recommend", "p1", "--seed", "1", "--as-of", "last")
    items = twofold(*seeded, "--json", data_dir=trained_dir).document["items"]
    ran = twofold(*seeded, data_dir=trained_dir)
    assert (ran.code, ran.err) == (0, "")
    for item in items:
        (row,) = (line for line in ran.out.splitlines() if f" {item['person']} " in line)
        assert f"{item['p_viewer_likes']:.3f}" in row
        assert f"{item['p_candidate_likes']:.3f}" in row
        assert ", ".join(item["sources"]) in row
        assert item["reason"] in row
    assert "already decided" in ran.out
    assert "model m0001" in ran.out


def test_the_same_seed_gives_the_same_list(twofold: Command, trained_dir: Path) -> None:
    lists = [
        twofold("recommend", "p1", "--seed", seed, "--as-of", "last", "--json", data_dir=trained_dir).document["items"]
        for seed in ("1", "1", "2", "3", "4")
    ]
    assert lists[0] == lists[1]
    assert any(other != lists[0] for other in lists[2:])


def test_who_is_excluded_is_not_shown_and_counted(twofold: Command, trained_dir: Path) -> None:
    first = twofold("recommend", "p1", "--seed", "1", "--json", data_dir=trained_dir).document["items"][0]["person"]
    answer = twofold(
        "recommend", "p1", "--exclude", first, "--exclude", "nobody", "--json", data_dir=trained_dir
    ).document
    assert first not in [item["person"] for item in answer["items"]]
    assert answer["removed"]["asked"] == 1


def test_looking_leaves_no_impression_and_shows_it_each_time_anew(twofold: Command, trained_dir: Path) -> None:
    for _ in range(2):
        timings = twofold("recommend", "p1", "--json", data_dir=trained_dir).document["timings_ms"]
        assert "cache" not in timings


def test_a_past_moment_knows_less(twofold: Command, trained_dir: Path) -> None:
    now = twofold("recommend", "p1", "--as-of", "last", "--json", data_dir=trained_dir).document
    then = twofold("recommend", "p1", "--as-of", "2023-11-20", "--json", data_dir=trained_dir).document
    assert then["removed"]["decided"] < now["removed"]["decided"]


def test_an_explanation_names_the_features(twofold: Command, trained_dir: Path) -> None:
    item = twofold("recommend", "p1", "--json", "--as-of", "last", data_dir=trained_dir).document["items"][0]
    document = twofold("explain", "p1", item["person"], "--as-of", "last", "--json", data_dir=trained_dir).document
    assert document["eligible"] is True
    assert document["score"] == pytest.approx(item["score"], abs=1e-6)
    assert {each["feature"] for each in document["moved"]} == set(VERSIONS["v2"].names)
    assert document["p_candidate_likes"] == pytest.approx(item["p_candidate_likes"], abs=1e-6)
    ran = twofold("explain", "p1", item["person"], data_dir=trained_dir)
    assert "moved the score" in ran.out
    assert "like_rate" in ran.out


def test_who_was_decided_on_is_explained(twofold: Command, trained_dir: Path) -> None:
    ran = twofold("explain", "p1", "p1", data_dir=trained_dir)
    assert ran.code == 0
    assert "no: self (the viewer)" in ran.out


def test_models_are_listed_shown_promoted_and_rolled_back(twofold: Command, trained_dir: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    shutil.copytree(trained_dir, mine)
    trained = twofold("train", "--as-of", "last", "--seed", "5", data_dir=mine)
    assert "twofold models promote m0002" in trained.out
    assert "AUC" in trained.out
    assert "waiting" in twofold("models", "list", data_dir=mine).out
    assert "like_rate" in twofold("models", "show", "m0002", data_dir=mine).out
    assert twofold("models", "promote", "m0002", "--force", "--json", data_dir=mine).document["state"] == "champion"
    listed = twofold("models", "list", "--json", data_dir=mine).document
    assert (listed["champion"], listed["candidate"]) == ("m0002", None)
    assert [model["version"] for model in listed["models"]] == ["m0002", "m0001"]
    assert "m0001 serves now" in twofold("models", "rollback", data_dir=mine).out
    assert twofold("models", "rollback", data_dir=mine).code == 4
    trail = twofold("models", "audit", "--json", data_dir=mine).document["entries"]
    assert [(entry["actor"], entry["action"], entry["subject"]) for entry in trail] == [
        ("cli", "rollback", "m0001"),
        ("cli", "promote", "m0002"),
        ("training", "promote", "m0001"),
    ]
    assert "in place of m0001, forced" in twofold("models", "audit", data_dir=mine).out


def test_one_store_shows_lists_of_a_model_of_v1_and_of_one_of_v2(
    twofold: Command, trained_dir: Path, tmp_path: Path
) -> None:
    mine = tmp_path / "mine"
    shutil.copytree(trained_dir, mine)
    made = twofold(
        "train", "--as-of", "last", "--ranker", "logistic", "--features", "v1", "--json", data_dir=mine
    ).document
    assert (made["version"], made["promoted"]) == ("m0002", False)
    look = ("recommend", "p1", "--as-of", "last", "--json")
    assert twofold(*look, data_dir=mine).document["features"] == "v2"
    beside = twofold(*look, "--model", "m0002", data_dir=mine).document
    assert (beside["model"], beside["features"], beside["degraded"]) == ("m0002", "v1", False)
    assert twofold(*look, "--model", "m0009", data_dir=mine).code == 4
    next(mine.glob("models/m0002*/ranker.json")).write_text("{}")
    refused = twofold(*look, "--model", "m0002", data_dir=mine)
    assert (refused.code, refused.out) == (3, "")
    assert "ranker.json" in refused.err


def test_a_kind_of_model_that_is_none_is_refused(twofold: Command) -> None:
    assert twofold("train", "--ranker", "oracle").code == 2
    assert twofold("train", "--features", "v99").code == 4


def test_training_on_too_little_says_why(twofold: Command, files: Path) -> None:
    assert "There is no model yet" in twofold("models", "list").out
    twofold("import", "people", str(files / "people.csv"))
    ran = twofold("train")
    assert ran.code == 0
    assert "it takes 100 decisions and there are 0" in ran.out
    assert twofold("recommend", "p1", "--json").document["model"] == "heuristic"


def test_evaluation_compares_and_leaves_the_registry_alone(twofold: Command, trained_dir: Path, tmp_path: Path) -> None:
    before = twofold("models", "list", "--json", data_dir=trained_dir).out
    file, page = tmp_path / "report.json", tmp_path / "report.html"
    ran = twofold("evaluate", "--as-of", "last", "--json", str(file), "--html", str(page), data_dir=trained_dir)
    assert ran.code == 0, ran.err
    report = json.loads(file.read_text())
    assert report["counts"]["past_decisions"] + report["counts"]["test_decisions"] == EVENTS
    assert {"twofold", "random", "popularity", "incoming_then_half_life", "four_rates"} < set(report["systems"])
    assert 0 < report["systems"]["twofold"]["p_like_delayed"]["auc"]["value"] < 1
    assert 0 < report["counts"]["lists"] <= PEOPLE
    assert page.read_text().startswith("<!doctype html>")
    assert "Gini" in ran.out
    assert "log loss" in ran.out
    assert twofold("models", "list", "--json", data_dir=trained_dir).out == before


def test_files_of_anybody_are_evaluated_aside(twofold: Command, files: Path, tmp_path: Path) -> None:
    ran = twofold("evaluate", "--events", str(files / "events.csv"), "--json", "-")
    assert ran.code == 0, ran.err
    assert ran.document["data"]["people"] == PEOPLE
    assert any("nobody has a profile" in each for each in ran.document["notes"])
    assert not (tmp_path / "data" / "twofold.db").exists(), "one's own database is not touched"


def test_a_report_that_cannot_be_written_is_told_before_the_work(twofold: Command, files: Path, tmp_path: Path) -> None:
    for option in ("--json", "--html"):
        ran = twofold("evaluate", "--events", str(files / "events.csv"), option, str(tmp_path / "nowhere" / "x"))
        assert ran.code == 5
        assert option in ran.err
        assert "train" not in ran.err, "nothing was done for it"


def test_without_times_there_is_p_like_only(twofold: Command, files: Path, tmp_path: Path) -> None:
    untimed = tmp_path / "untimed.csv"
    rows = (files / "events.csv").read_text().splitlines()
    untimed.write_text("\n".join(row.rpartition(",")[0] for row in rows))
    ran = twofold("evaluate", "--people", str(files / "people.csv"), "--events", str(untimed), "--json", "-")
    assert ran.code == 0, ran.err
    document = ran.document
    assert document["counts"].get("lists", 0) == 0
    assert all("lists" not in each for each in document["systems"].values())
    assert document["systems"]["four_rates"]["p_like"]["auc"]["value"] > 0
    assert any("no times" in each for each in document["notes"])


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("nonsense", "--data", "."), 2),
        (("bitcoin-otc",), 2),
        (("bitcoin-otc", "--data", "secret-folder"), 4),
        (("--people", "secret.csv"), 2),
        (("--events", "secret.csv"), 4),
        (("--data", "."), 2),
    ],
)
def test_what_cannot_be_evaluated_is_one_line(arguments: tuple[str, ...], code: int, twofold: Command) -> None:
    ran = twofold("evaluate", *arguments)
    assert ran.code == code
    assert ran.err.splitlines()[-1].startswith("error: ")
    assert "secret" not in ran.err


def test_an_evaluation_of_too_little_is_refused(twofold: Command) -> None:
    ran = twofold("evaluate")
    assert ran.code == 3
    assert "at least 50 decisions" in ran.err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("recommend", "secret-person"), 4),
        (("explain", "p1", "secret-person"), 4),
        (("models", "show", "secret-version"), 4),
        (("models", "promote", "secret-version"), 4),
        (("recommend", "p1", "--limit", "201"), 2),
        (("recommend", "p1", "--as-of", "secret-moment"), 2),
        (("train", "--as-of", "secret-moment"), 2),
        (("datasets", "prepare", "secret-set", "--from", ".", "--to", "."), 2),
        (("datasets", "prepare", "movielens", "--from", "secret-folder", "--to", "."), 4),
        (("recommend", "p1", "--database-url", "secret://"), 2),
    ],
)
def test_mistakes_have_their_own_exit_code_and_are_not_repeated(
    arguments: tuple[str, ...], code: int, twofold: Command, trained_dir: Path
) -> None:
    ran = twofold(*arguments, data_dir=trained_dir)
    assert ran.code == code
    assert ran.out == ""
    assert ran.err.startswith("error: ")
    assert ran.err.count("\n") == 1
    assert "secret" not in ran.err


@pytest.mark.parametrize("arguments", [("recommend",), ("recommend", "p1", "--limit", "x"), ("nonsense",), ("import",)])
def test_wrong_usage_ends_with_2_and_points_to_help(arguments: tuple[str, ...], twofold: Command) -> None:
    ran = twofold(*arguments)
    assert ran.code == 2
    assert "Usage: twofold" in ran.out + ran.err


def test_an_inactive_person_gets_no_list(twofold: Command, tmp_path: Path) -> None:
    file = tmp_path / "p.csv"
    file.write_text("id,birth_date,active\nada,1990-01-01,false\n")
    twofold("import", "people", str(file))
    assert twofold("recommend", "ada").code == 3


def test_data_sets_are_listed(twofold: Command) -> None:
    names = [each["name"] for each in twofold("datasets", "list", "--json").document]
    assert names == ["speed-dating", "bitcoin-otc", "movielens"]
    assert "speed_dating.csv" in twofold("datasets", "list").out


def test_the_version_is_told(twofold: Command) -> None:
    assert twofold("--version").out.startswith("twofold ")
