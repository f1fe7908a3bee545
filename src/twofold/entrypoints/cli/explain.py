"""``twofold explain``: why is, or is not, one person recommended to another?"""

from __future__ import annotations

from typing import Annotated

import typer

from twofold.domain.answer import Explanation
from twofold.entrypoints.cli.options import AsJson, AsOf, DatabaseUrl, DataDir, opened_product, settings_of
from twofold.entrypoints.cli.output import emit_json, figure, say, say_facts, say_table
from twofold.entrypoints.cli.removals import in_words


def explain(
    viewer: Annotated[str, typer.Argument(metavar="VIEWER", help="Id of the person who looks.", show_default=False)],
    candidate: Annotated[
        str, typer.Argument(metavar="CANDIDATE", help="Id of the person who is, or is not, shown.", show_default=False)
    ],
    as_of: AsOf = "now",
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Tell one candidate's way through one viewer's list.

    Use it when somebody asks "why this person?" or "why not that one?": whether they may be shown and if not why, which
    sources brought them, where they stand in the list, and which features moved their score.

    It is for you who run the service: what it prints may tell a viewer about another person's private acts.

    \b
    Examples:
      twofold explain ada bob
      twofold explain ada bob --as-of last
      twofold explain ada bob --json | jq .moved
    """
    with opened_product(settings_of(data_dir, database_url), as_of) as twofold:
        explanation = twofold.explain.explain(viewer, candidate)
    if as_json:
        emit_json(explanation)
    else:
        say_explanation(explanation)


def say_explanation(explanation: Explanation) -> None:
    """The way in words, then the features by how far they moved the score."""
    say_facts(
        {
            "viewer": explanation.viewer,
            "candidate": explanation.candidate,
            "shown": verdict(explanation),
            "brought by": brought_by(explanation),
            "score": f"{figure(explanation.score)}, P(like) {figure(explanation.p_viewer_likes)}, "
            f"P(back) {figure(explanation.p_candidate_likes)}",
            "reason": explanation.reason or "-",
            "model": f"{explanation.model}, features {explanation.features}"
            + (" (degraded: something intended could not be used)" if explanation.degraded else ""),
        }
    )
    say("")
    rows = [(each.feature, figure(each.value), f"{each.moved:+.3f}") for each in explanation.moved]
    say_table(("feature", "value", "moved the score"), rows, right=("value", "moved the score"))


def verdict(explanation: Explanation) -> str:
    """Whether the candidate is shown, and if not at which point they were lost."""
    if explanation.removed is not None:
        return f"no: {explanation.removed} ({in_words(explanation.removed)})"
    if explanation.position is not None:
        return f"yes: position {explanation.position} of {explanation.list_length}"
    if not explanation.sources:
        return "no: they may be shown, but no source brought them"
    return f"no: they were a candidate, but {explanation.list_length} others stand above them"


def brought_by(explanation: Explanation) -> str:
    """The sources with their own scores."""
    return ", ".join(f"{name} ({figure(own)})" for name, own in explanation.sources.items()) or "-"
