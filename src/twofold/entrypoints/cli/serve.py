"""``twofold serve``: the HTTP API."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Annotated

import typer

from twofold.domain.errors import Refused
from twofold.entrypoints.cli.options import AsJson, DatabaseUrl, DataDir, settings_of
from twofold.entrypoints.cli.output import emit_json, note, say
from twofold.entrypoints.server import serve as serve_until_stopped
from twofold.observability import configure_logging


def serve(
    host: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS", envvar="TWOFOLD_HOST", help="Where to listen. Default: 127.0.0.1.", show_default=False
        ),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65_535,
            metavar="N",
            envvar="TWOFOLD_PORT",
            help="Default: 8000; the next free one if it is taken. 0 takes any.",
            show_default=False,
        ),
    ] = None,
    allow_public: Annotated[
        bool, typer.Option("--allow-public", help="Listen on an address that others can reach, without authentication.")
    ] = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Serve lists over HTTP until Ctrl-C.

    The address is printed once the server can answer; its documentation is at /docs. A running server trains its first
    models by itself as soon as there are enough events, and follows promotions, imports and other servers of the same
    database.

    There is no authentication yet: whoever reaches the server can read and change everything. It therefore listens on
    this machine alone; put a proxy that authenticates in front before you use --allow-public.

    \b
    Examples:
      twofold serve
      twofold serve --port 9000 --data-dir ./data
      twofold serve --port 0 --json     # prints {"address": "http://127.0.0.1:..."}
    """
    settings = settings_of(data_dir, database_url, host=host, port=port)
    if not is_loopback(settings.host):
        if not allow_public:
            raise Refused(
                "public",
                "serving on an address that others can reach needs --allow-public: there is no authentication yet, "
                "whoever reaches the server can read and change everything; or leave --host out",
            )
        note("warning: there is no authentication; whoever reaches this server can read and change everything")
    configure_logging(settings.log_level)
    serve_until_stopped(settings, lambda address: _announce(address, as_json))


def _announce(address: str, as_json: bool) -> None:
    if as_json:
        emit_json({"address": address})
    else:
        say(f"Twofold is served at {address} (documentation: {address}/docs). Ctrl-C ends it.")


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the address.

    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
