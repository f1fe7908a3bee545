"""Without authentication the server stays on this machine, unless somebody insists."""

from __future__ import annotations

from pathlib import Path

import pytest

from twofold.entrypoints.cli import serve
from twofold.entrypoints.cli.app import run
from twofold.entrypoints.server import Announce
from twofold.settings import Settings


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """Settings of what would have been served."""
    asked: list[Settings] = []

    def pretend(settings: Settings, announce: Announce) -> None:
        asked.append(settings)
        announce(f"http://{settings.host}:{settings.port}")

    monkeypatch.setattr(serve, "serve_until_stopped", pretend)
    return asked


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "example.org"])
def test_a_public_address_is_refused(
    host: str, served: list[Settings], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["serve", "--host", host, "--data-dir", str(tmp_path)]) == 3
    assert "--allow-public" in capsys.readouterr().err
    assert served == []


def test_insisting_serves_with_a_warning(
    served: list[Settings], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["serve", "--host", "0.0.0.0", "--allow-public", "--data-dir", str(tmp_path)]) == 0
    assert "there is no authentication" in capsys.readouterr().err
    assert served[0].host == "0.0.0.0"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_this_machine_is_served_without_a_word(
    host: str, served: list[Settings], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["serve", "--host", host, "--port", "0", "--data-dir", str(tmp_path), "--json"]) == 0
    captured = capsys.readouterr()
    assert captured.out == f'{{"address":"http://{host}:0"}}\n'
    assert captured.err == ""
