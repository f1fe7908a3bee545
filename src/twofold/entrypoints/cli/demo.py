"""``twofold demo``: a town of synthetic people, from nothing to lists over HTTP, in one command."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from twofold.bootstrap import Twofold, assemble
from twofold.domain.answer import Answer
from twofold.domain.errors import Refused, TwofoldError
from twofold.domain.time import system_clock
from twofold.entrypoints.cli.demo_check import check as check_server
from twofold.entrypoints.cli.demo_client import CheckFailed, DemoClient
from twofold.entrypoints.cli.demo_server import child_server
from twofold.entrypoints.cli.options import AsJson, opened_store
from twofold.entrypoints.cli.output import count, emit_json, say
from twofold.entrypoints.cli.progress import Report, progress
from twofold.entrypoints.cli.recommend import say_answer
from twofold.entrypoints.server import serve
from twofold.services.training import TrainingOrder, TrainingService
from twofold.settings import Settings
from twofold.simulation.demo import people_to_show, settle_events, settle_people
from twofold.simulation.town import build_town

EVENTS_PER_PERSON = 50


def demo(
    people: Annotated[int, typer.Option(min=2, max=1_000_000, metavar="N", help="People in the town.")] = 20_000,
    events: Annotated[
        int | None,
        typer.Option(min=0, metavar="N", help="Events. Default: 50 per person.", show_default=False),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="The same seed gives the same town.")] = 1,
    port: Annotated[
        int,
        typer.Option(min=0, max=65_535, metavar="N", help="Where to serve; the next free port if it is taken."),
    ] = 8_000,
    check: Annotated[
        bool, typer.Option("--check", help="Ask, like and block over HTTP, say whether all is well, and leave.")
    ] = False,
    keep: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Keep the town in this new or empty folder.", show_default=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Build a town of synthetic people, train on it, show a list and serve it.

    Use it to see within a minute what Twofold does. Everybody is made up; everything lives in a temporary folder that
    is removed at the end. Your own data and TWOFOLD_* settings are not looked at. Ends with Ctrl-C.

    With --check nothing stays: the server is asked for lists, somebody is liked and somebody blocked, and the lists
    after that are looked at. The last line is then `demo: ok`, the exit code 0; otherwise 1 and what was wrong.

    \b
    Examples:
      twofold demo
      twofold demo --people 2000 --check
      twofold demo --people 5000 --keep town      # then: twofold serve --data-dir town
    """
    with _without_settings(), _folder(keep) as folder:
        order = _Order(people, events if events is not None else people * EVENTS_PER_PERSON, seed)
        database = f"sqlite:///{folder / 'twofold.db'}"
        settings = Settings(data_dir=folder, database_url=database, port=0 if check else port, auto_train=False)
        if check:
            _checked(settings, order, as_json)
        else:
            _shown(settings, order, as_json)


@dataclass(frozen=True, slots=True)
class _Order:
    people: int
    events: int
    seed: int


@dataclass(slots=True)
class _Stopwatch:
    """Seconds per stage, each stage ending where the next begins."""

    seconds: dict[str, float] = field(default_factory=dict)
    _since: float = field(default_factory=time.perf_counter)

    def ends(self, stage: str) -> None:
        now = time.perf_counter()
        self.seconds[stage] = round(now - self._since, 2)
        self._since = now

    def line(self) -> str:
        parts = ", ".join(f"{stage} {spent:.1f}" for stage, spent in self.seconds.items())
        return f"{sum(self.seconds.values()):.1f} s ({parts})"


def _build(settings: Settings, order: _Order, watch: _Stopwatch, report: Report) -> list[str]:
    """People, events and both models in the settings' folder; ids of people whose list is worth a look."""
    now = system_clock()
    report("imagine the town", 0.0)
    town = build_town(order.people, order.events, order.seed, now)
    watch.ends("imagine")
    with opened_store(settings) as store:
        keys = settle_people(town, store, now, lambda done: report("write people", done))
        watch.ends("people")
        settle_events(town, store, keys, now, lambda done: report("write events", done))
        watch.ends("events")
    service = TrainingService(settings.url, settings.models_dir)
    made = service.train(TrainingOrder(seed=order.seed), lambda stage, done: report(f"train: {stage}", done))
    watch.ends("train")
    if made.get("version") is None:
        raise Refused("too_little", "the town is too small to train on; ask for more --people or --events")
    return people_to_show(town)


def _shown(settings: Settings, order: _Order, as_json: bool) -> None:
    watch = _Stopwatch()
    with progress(quiet=as_json) as report:
        shown = _build(settings, order, watch, report)
    twofold = assemble(settings)
    answer = _a_list(twofold, shown)
    watch.ends("list")
    if not as_json:
        say(f"A town of {count(order.people)} people. Whom should {answer.person} see next?", "")
        say_answer(answer, settings.list_length)

    def announce(address: str) -> None:
        watch.ends("serve")
        commands = commands_to_try(address, answer)
        if as_json:
            emit_json({"address": address, "person": answer.person, "seconds": watch.seconds, "commands": commands})
            return
        say("", f"Ready after {watch.line()}", "", f"The town is served at {address}; try:", "")
        say(*(f"  {command}" for command in commands))
        say("", "It stays up until Ctrl-C; then nothing of it is left.")

    serve(settings, announce, twofold=twofold)


def _a_list(twofold: Twofold, people: Sequence[str]) -> Answer:
    """The first full list among these people's, else the longest."""
    with twofold.live.lock:
        # So that the times of the list are a list's, without what is computed once a day.
        twofold.live.warm()
        twofold.live.prepare()
    longest: Answer | None = None
    for person in people:
        answer = twofold.recommend.recommend(person)
        if longest is None or len(answer.items) > len(longest.items):
            longest = answer
        if len(longest.items) >= twofold.settings.list_length:
            break
    if longest is None:
        raise Refused("too_little", "nobody in the town is active; ask for more --people")
    return longest


def commands_to_try(address: str, answer: Answer) -> list[str]:
    """Three commands with real people: a list, a like, an explanation."""
    viewer = answer.person
    liked, explained = (answer.items[place].person if len(answer.items) > place else viewer for place in (0, 1))
    like = f'{{"actor": "{viewer}", "target": "{liked}", "kind": "like"}}'
    return [
        f"curl {shlex.quote(f'{address}/v1/people/{viewer}/recommendations')}",
        f"curl -X POST {address}/v1/events -H 'content-type: application/json' -d {shlex.quote(like)}",
        f"curl {address}/v1/people/{viewer}/explanation/{explained}",
    ]


def _checked(settings: Settings, order: _Order, as_json: bool) -> None:
    watch = _Stopwatch()
    try:
        with progress(quiet=as_json) as report:
            shown = _build(settings, order, watch, report)
        with child_server(settings) as address:
            watch.ends("serve")
            said = check_server(DemoClient(address), shown)
            watch.ends("check")
    except CheckFailed:
        raise
    except TwofoldError as error:
        raise CheckFailed(str(error)) from error
    if as_json:
        emit_json({"ok": True, "checked": said, "seconds": watch.seconds})
    else:
        say(*said, watch.line(), "demo: ok")


@contextmanager
def _without_settings() -> Iterator[None]:
    """TWOFOLD_* out of the environment, for this process and its children: the demo is nobody's installation."""
    held = {name: os.environ.pop(name) for name in list(os.environ) if name.upper().startswith("TWOFOLD_")}
    try:
        yield
    finally:
        os.environ.update(held)


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    """The folder to work in: the one to keep, or a temporary one, removed whichever way the demo ends."""
    if keep is not None:
        if keep.exists() and (not keep.is_dir() or any(keep.iterdir())):
            raise Refused("not_empty", "--keep: the demo only writes into a folder that is new or empty; name another")
        keep.mkdir(parents=True, exist_ok=True)
        yield keep.resolve()
        return
    folder = Path(tempfile.mkdtemp(prefix="twofold-demo-"))
    before = signal.signal(signal.SIGTERM, _leave)
    try:
        yield folder
    finally:
        signal.signal(signal.SIGTERM, before)
        shutil.rmtree(folder, ignore_errors=True)


def _leave(number: int, _frame: object) -> None:
    """Terminated: unwind like after Ctrl-C, so that the temporary folder goes."""
    raise SystemExit(128 + number)
