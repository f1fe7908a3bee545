"""Finding a place to listen, and failing in order."""

from __future__ import annotations

import signal
import socket

import pytest
import structlog

from twofold.bootstrap import Twofold
from twofold.domain.errors import Unavailable
from twofold.entrypoints.server import PORTS_TRIED, address_of, listen, serve
from twofold.settings import Settings


def port_of(listener: socket.socket) -> int:
    """The port a socket listens on."""
    return int(listener.getsockname()[1])


def test_a_taken_port_gives_way_to_the_next_free_one() -> None:
    with listen("127.0.0.1", 0) as first, listen("127.0.0.1", port_of(first)) as second:
        assert port_of(first) < port_of(second) < port_of(first) + PORTS_TRIED
        assert address_of(second) == f"http://127.0.0.1:{port_of(second)}"


def test_a_host_that_is_not_this_machine_is_refused() -> None:
    with pytest.raises(Unavailable, match="cannot listen on this host"):
        listen("192.0.2.1", 0)


def test_the_last_port_has_no_next_one() -> None:
    with listen("127.0.0.1", 65_535), pytest.raises(Unavailable, match="none of 1 ports"):
        listen("127.0.0.1", 65_535)


def test_a_start_that_fails_is_an_error(
    twofold: Twofold, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[str] = []

    def away() -> None:
        raise Unavailable("the database is away")

    monkeypatch.setattr(twofold.store, "people_versions", away)
    with structlog.testing.capture_logs() as logs, pytest.raises(Unavailable, match="could not start"):
        serve(Settings(data_dir=twofold.settings.data_dir, port=0), told.append, twofold=twofold)
    assert told == []
    assert logs[0]["why"] == "the database is away"
    assert "the database is away" in caplog.text


def test_a_server_that_cannot_say_where_it_is_ends_in_order(twofold: Twofold, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[bool] = []
    before = signal.getsignal(signal.SIGTERM)

    def deaf(_address: str) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(twofold.store, "close", lambda: closed.append(True))
    with pytest.raises(BrokenPipeError):
        serve(Settings(data_dir=twofold.settings.data_dir, port=0), deaf, twofold=twofold)
    assert closed == [True]
    assert signal.getsignal(signal.SIGTERM) is before
