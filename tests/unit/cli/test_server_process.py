"""A server as a process of its own never outlives who started it."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from twofold.entrypoints.cli.server_process import server_process
from twofold.settings import Settings


def test_a_signal_while_the_server_starts_stops_it_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[str]] = []

    class Interrupted(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            started.append(self)
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(subprocess, "Popen", Interrupted)
    with (
        pytest.raises(KeyboardInterrupt),
        server_process(Settings(data_dir=tmp_path, port=0), tmp_path / "server.log"),
    ):
        pytest.fail("the signal takes effect before anything else happens")
    assert started[0].returncode is not None
