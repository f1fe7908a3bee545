"""``python -m twofold.entrypoints.cli``: the command line where the installed script is not on the path."""

from __future__ import annotations

from twofold.entrypoints.cli.app import main

main()
