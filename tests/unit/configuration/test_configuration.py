"""The configuration file: whose word counts, what is refused, and that writing changes the shares and nothing else."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twofold.configuration import save_shares, with_shares
from twofold.domain.errors import InvalidInput, NotFound, Unavailable
from twofold.settings import PRESETS, load_settings

SHARES = {"collaborative": 0.6, "exploration": 0.4}
FILE = """\
# ours
list_length = 12  # short

[shares]  # tuned
content = 0.5
# half
exploration = 0.5

# the end
"""


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TWOFOLD_CONFIG", "TWOFOLD_SHARES", "TWOFOLD_LIST_LENGTH", "TWOFOLD_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)


def put(folder: Path, text: str) -> Path:
    file = folder / "twofold.toml"
    file.write_text(text)
    return file


def test_the_file_of_the_data_folder_comes_before_the_defaults(tmp_path: Path) -> None:
    put(tmp_path, FILE)
    settings = load_settings(data_dir=tmp_path)
    assert (settings.list_length, settings.port) == (12, 8_000)
    assert settings.quotas == {"content": 0.5, "exploration": 0.5}


def test_the_environment_comes_before_the_file_and_options_before_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, FILE)
    monkeypatch.setenv("TWOFOLD_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("TWOFOLD_LIST_LENGTH", "13")
    assert load_settings().list_length == 13
    assert load_settings(list_length=14).list_length == 14


@pytest.mark.parametrize(
    ("said", "quotas"), [('{"popular": 1.0}', {"popular": 1.0}), ("document", PRESETS["document"])]
)
def test_shares_of_the_environment_are_not_mixed_with_the_files(
    said: str, quotas: dict[str, float], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, FILE)
    monkeypatch.setenv("TWOFOLD_SHARES", said)
    assert load_settings(data_dir=tmp_path).quotas == quotas


def test_another_file_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "list_length = 1")
    other = tmp_path / "other.toml"
    monkeypatch.setenv("TWOFOLD_CONFIG", str(other))
    with pytest.raises(NotFound, match="TWOFOLD_CONFIG"):
        load_settings(data_dir=tmp_path)
    other.write_text(f"list_length = 2\ndata_dir = '{tmp_path}'")
    settings = load_settings()
    assert (settings.list_length, settings.data_dir, settings.configuration_file) == (2, tmp_path, other)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("colour = 1", "configuration file: colour: expected the name of a setting"),
        ("list_length = 0", "configuration file: list_length: expected"),
        ("list_length = 'many'", "configuration file: list_length: expected"),
        ("shares = 'worst'", "configuration file: shares"),
        ("[shares]\ncontent = 7", "configuration file: shares"),
        ("data_dir = '/'", "TWOFOLD_DATA_DIR"),
        ("secret = ?", r"configuration file: expected TOML; it is none \(at line 1"),
        ("[list_length]\na = 1", "configuration file: list_length"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_key(text: str, message: str, tmp_path: Path) -> None:
    put(tmp_path, text)
    with pytest.raises(InvalidInput, match=message):
        load_settings(data_dir=tmp_path)


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "twofold.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidInput, match="UTF-8"):
        load_settings(data_dir=tmp_path)


def test_a_variable_is_named_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWOFOLD_LIST_LENGTH", "0")
    with pytest.raises(InvalidInput, match="setting TWOFOLD_LIST_LENGTH"):
        load_settings(data_dir=tmp_path)


def test_only_the_lines_of_the_table_change(tmp_path: Path) -> None:
    file = put(tmp_path, FILE)
    file.chmod(0o640)
    save_shares(file, SHARES)
    assert file.read_text() == FILE.replace(
        "content = 0.5\n# half\nexploration = 0.5\n", "collaborative = 0.6\nexploration = 0.4\n"
    )
    assert file.stat().st_mode & 0o777 == 0o640
    assert load_settings(data_dir=tmp_path).quotas == SHARES
    assert [each.name for each in tmp_path.iterdir()] == ["twofold.toml"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "port = 1",
        "shares = 'document'\nport = 1\n",
        "shares = {content = 1.0}\nport = 1\n",
        "shares.content = 1.0\nport = 1\n",
        "port = 1\n[shares]",
        "port = 1\n[shares]\ncontent = 1\n[other]\nshares = 3\n",
        "port = 1\r\n[ shares ]\r\ncontent = 1\r\n",
    ],
)
def test_shares_replace_shares_however_they_were_written(text: str) -> None:
    written = with_shares(text, SHARES)
    assert tomllib.loads(written) == {**tomllib.loads(text), "shares": SHARES}
    assert with_shares(written, SHARES) == written
    assert ("\r\n" in written) == ("\r\n" in text)


@pytest.mark.parametrize("text", ["shares = {\n", 'host = """\n[shares]\n"""\n', "['shares']\ncontent = 1\n"])
def test_what_is_not_understood_is_left_alone(text: str, tmp_path: Path) -> None:
    file = put(tmp_path, text)
    with pytest.raises(InvalidInput):
        save_shares(file, SHARES)
    assert file.read_text() == text


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="cannot be"):
        save_shares(tmp_path / "file" / "twofold.toml", SHARES)


@given(st.dictionaries(st.sampled_from(list(PRESETS["balanced"])), st.floats(0, 1), min_size=1))
def test_shares_come_back_exactly_and_in_order(shares: dict[str, float]) -> None:
    found = tomllib.loads(with_shares(FILE, shares))["shares"]
    assert list(found.items()) == list(shares.items())


@pytest.mark.parametrize("said", ["docment", "{}", '{"content": 0}', '{"content": 2}', '{"content": "half"}'])
def test_shares_of_nobody_are_refused_in_words(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWOFOLD_SHARES", said)
    with pytest.raises(InvalidInput) as refused:
        load_settings()
    assert str(refused.value).startswith("setting TWOFOLD_SHARES: expected balanced, document, or a share")
    assert "docment" not in str(refused.value)
