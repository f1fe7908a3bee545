"""The command line's root: the commands, and what happens at its edges (errors, Ctrl-C, a reader that went away)."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from typer.core import TyperGroup

from twofold import __version__
from twofold.domain.errors import TwofoldError
from twofold.entrypoints.cli import (
    audit,
    bench,
    datasets,
    demo,
    evaluate,
    explain,
    export,
    importing,
    models,
    recommend,
    serve,
    snapshot,
    train,
    tune,
)
from twofold.entrypoints.cli.output import say, say_error
from twofold.observability import configure_logging

EPILOG = """\b
Exit codes:
  0    done
  1    something went wrong that is none of the following
  2    a wrong option, file or value; or an import took nothing
  3    a rule forbids it (under age, erased, not active ...)
  4    there is no such person, model or file
  5    cannot be answered safely right now; trying again later may work
  6    a stored file is damaged and was not loaded
  130  interrupted with Ctrl-C
"""

ORDER = (
    "demo",
    "import",
    "datasets",
    "train",
    "recommend",
    "explain",
    "models",
    "snapshot",
    "serve",
    "evaluate",
    "tune",
    "bench",
    "audit",
    "export",
)


class InOrder(TyperGroup):
    """Lists the commands in the order in which one needs them."""

    def list_commands(self, ctx: object) -> list[str]:
        """The names."""
        return [*ORDER, *(name for name in self.commands if name not in ORDER)]


# No rich help: plain text is what one pipes into grep and pastes into a ticket.
app = typer.Typer(
    name="twofold",
    cls=InOrder,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    epilog=EPILOG,
)


def _version(wanted: bool) -> None:
    if wanted:
        say(f"twofold {__version__}")
        raise typer.Exit


@app.callback()
def twofold(
    _: Annotated[
        bool, typer.Option("--version", help="Print the version and leave.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """People recommendations in two stages, for both sides.

    See it work with `twofold demo`. With your own data: import people, import events, train, recommend, serve. Every
    command says with --help what it does, when to use it, and shows examples.

    Data live in TWOFOLD_DATA_DIR (default: a folder of yours), the database at TWOFOLD_DATABASE_URL (default: SQLite in
    that folder).
    """
    configure_logging("warning")  # to standard error; standard output is the result's


app.command()(demo.demo)
app.add_typer(importing.commands, name="import")
app.add_typer(datasets.commands, name="datasets")
app.command()(train.train)
app.command()(recommend.recommend)
app.command()(explain.explain)
app.add_typer(models.commands, name="models")
app.command()(snapshot.snapshot)
app.command()(serve.serve)
app.command()(evaluate.evaluate)
app.command()(tune.tune)
app.add_typer(bench.commands, name="bench")
app.add_typer(audit.commands, name="audit")
app.add_typer(export.commands, name="export")


def run(arguments: Sequence[str] | None = None) -> int:
    """One command; the exit code. ``None`` takes the process's own arguments."""
    try:
        app(args=arguments if arguments is None else list(arguments), prog_name="twofold")
    except TwofoldError as error:
        say_error(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        say_error(f"the system says: {error.strerror or type(error).__name__}; check space and permissions")
        return 1
    except SystemExit as leaving:
        return _code(leaving)
    return 0


def main() -> None:
    """The installed script."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that cannot show a character shows ? instead
    code = run()
    try:
        sys.stdout.flush()
    except OSError:
        code = code or 1
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody is left to tell; be quiet at exit
    sys.exit(code)


def _code(leaving: SystemExit) -> int:
    if leaving.code is None:
        return 0
    return leaving.code if isinstance(leaving.code, int) else 1
