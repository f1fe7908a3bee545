"""``twofold recommend``: whom should this person see next?"""

from __future__ import annotations

from typing import Annotated

import typer

from twofold.domain.answer import Answer, Item
from twofold.entrypoints.cli.options import AsJson, AsOf, DatabaseUrl, DataDir, opened_product, settings_of
from twofold.entrypoints.cli.output import count, emit_json, figure, say, say_table
from twofold.entrypoints.cli.removals import say_removals


def recommend(
    person: Annotated[str, typer.Argument(metavar="PERSON", help="Id of the person who looks.", show_default=False)],
    limit: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="How many people, 1 to 200. Default: TWOFOLD_LIST_LENGTH, or 20.", show_default=False
        ),
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Leave this person out; may be repeated.", show_default=False)
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            metavar="VERSION", help="With another version than the one that serves, such as m0002.", show_default=False
        ),
    ] = None,
    as_of: AsOf = "now",
    seed: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="N",
            help="Other draws (ties, exploration) than those of the day, repeatable.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Print one person's list: whom they should see next, and why.

    Use it to look at what a person would get. Nothing counts as shown, and the list cache is not asked. P(like): how
    likely the person likes them; P(back): how likely they like the person (1 when they do already). After the list come
    the people who were left out, by reason, so that a short list explains itself, and the time each stage took.

    For data of the past use --as-of last: then ages, limits and what people did are as they were after the last event.

    \b
    Examples:
      twofold recommend ada
      twofold recommend ada --limit 5 --exclude bob --exclude eve
      twofold recommend ada --as-of last --seed 1
      twofold recommend ada --model m0002      # what a version that waits would show
      twofold recommend ada --json             # the answer of GET .../ada/recommendations?audience=operator
    """
    with opened_product(settings_of(data_dir, database_url), as_of, seed) as twofold:
        answer = twofold.recommend.recommend(person, limit, exclude or (), model)
        asked = limit or twofold.settings.list_length
    if as_json:
        emit_json(answer)
    else:
        say_answer(answer, asked)


def say_answer(answer: Answer, asked: int) -> None:
    """The list as a table, then who was left out, then the times."""
    if answer.items:
        say_items(answer.items)
    if len(answer.items) < asked:
        say(f"{len(answer.items)} of the {asked} people asked for: nobody else may be shown to this person now.")
    if answer.degraded:
        say("Degraded: something intended could not be used, see the log.", style="yellow")
    say("")
    say_removals(answer.removed)
    say("")
    say(f"model {answer.model}, features {answer.features}; {times(answer.timings_ms)}")


def say_items(items: tuple[Item, ...]) -> None:
    """People with score, both probabilities, sources and reason."""
    rows = [
        (
            count(item.position),
            item.person,
            figure(item.score),
            figure(item.p_viewer_likes),
            figure(item.p_candidate_likes),
            ", ".join(item.sources),
            item.reason,
        )
        for item in items
    ]
    figures = ("score", "P(like)", "P(back)")
    say_table(("#", "person", *figures, "sources", "reason"), rows, right=("#", *figures))


def times(timings_ms: dict[str, float]) -> str:
    """The total and its stages.

    >>> times({"filter": 1.26, "total": 4.0})
    '4.0 ms (filter 1.3)'
    """
    stages = ", ".join(f"{name} {spent:.1f}" for name, spent in timings_ms.items() if name != "total")
    return f"{timings_ms.get('total', 0.0):.1f} ms ({stages})"
