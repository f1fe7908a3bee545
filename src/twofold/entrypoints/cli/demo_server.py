"""The demo's server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from twofold.domain.errors import Unavailable
from twofold.entrypoints.cli.demo_client import CheckFailed
from twofold.entrypoints.cli.server_process import address_of, server_process
from twofold.settings import Settings

SECONDS_TO_START = 60.0  # a slow machine loads 20,000 people in a few; more means that it hangs


@contextmanager
def child_server(settings: Settings) -> Iterator[str]:
    """Start ``twofold serve`` on these settings; gives its address once it answers, and stops it at the end.

    Raises:
        CheckFailed: it did not start; with the last it said.
    """
    log = settings.data_dir / "server.log"
    with server_process(settings, log) as child:
        try:
            address = address_of(child, log, SECONDS_TO_START)
        except Unavailable as error:
            raise CheckFailed(str(error)) from error
        yield address
