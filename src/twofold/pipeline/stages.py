"""The contract of each stage: one method to write, a name, and a declared behaviour on failure.

Components hold no observability and no failure handling: the engine times, counts, drops and replaces them.

=========  ==============================================================================
stage      when it raises or hangs
=========  ==============================================================================
Source     it is dropped from this list and named in the trace
Filter     ``safety = True``: the request fails (503); `Lenient`: everybody is kept; else nobody
           it should judge is
Features   the heuristic orders the list and the answer says ``degraded``
Ranker     the heuristic orders the list and the answer says ``degraded``
Policy     the order of scores is used, and the answer says ``degraded``
Effect     tried again later; never delays or fails the answer
=========  ==============================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from twofold.domain.as_of import AsOf
from twofold.domain.candidate import Candidates, Codes, Doubles, Floats, Keys
from twofold.pipeline.query import Query

if TYPE_CHECKING:
    from twofold.pipeline.slate import Pool, Slate


class Source(Protocol):
    """Finds people worth looking at, among those the viewer may see.

    A source with an attribute ``tells`` that is true finds people by what they did to the viewer: it gives no reasons,
    and a discreet service leaves it out.
    """

    name: str

    def candidates(self, query: Query, eligible: Keys, limit: int) -> Candidates:
        """At most ``limit`` of the ``eligible`` keys (sorted, without repeats), best first, nobody twice.

        May return nobody; `Trace` notes belong to ``notes``.
        """

    def reasons(self, query: Query, keys: Keys) -> Sequence[str | None]:
        """Why these people, each in words that the viewer may read: nothing that only another's private act tells.

        None for whom this source has nothing to say about.
        """


@runtime_checkable
class Noted(Protocol):
    """A source that may have something to say about how it worked (a sample instead of everyone, say)."""

    def notes(self, query: Query, eligible: Keys) -> Sequence[str]:
        """Short sentences for the trace."""


class Filter(Protocol):
    """Judges who may be shown."""

    name: str
    safety: bool

    def judge(self, query: Query, keys: Keys) -> Codes:
        """One `Removed` code per key (uint8, same length); 0 keeps."""


@runtime_checkable
class Lenient(Protocol):
    """A filter, not a safety one, that keeps everybody when it cannot judge: it is named in the trace."""

    lenient: bool


class Sparing(Protocol):
    """A filter that need not look at all again of people of whom reach is sure (`domain.candidate.Reached`).

    The last check of a list judges them as all others.
    """

    def judge_sure(self, query: Query, keys: Keys) -> Codes:
        """As `Filter.judge`, of people of whom reach is sure."""


class Features(Protocol):
    """The only way to a feature (`features.service.FeatureService`)."""

    def values(
        self,
        viewers: Keys,
        candidates: Keys,
        as_of: AsOf,
        version: str,
        brought: Mapping[str, Floats] | None = None,
    ) -> Floats:
        """One row per (viewer, candidate, moment), columns in the version's order; all three equally long or of 1."""

    def read(self, viewer: int, candidates: Keys, as_of: AsOf, brought: Mapping[str, Floats] | None = None) -> Reading:
        """The pairs of one viewer and m candidates at one moment, for any version and from both sides."""

    def prepare(self, versions: Collection[str], moment: int, start: int) -> int | None:
        """Compute ahead what these versions say of single people, a part of them; where to go on, None at the end."""


class Reading(Protocol):
    """Pairs that are read once."""

    def values(self, version: str) -> Floats:
        """One row per candidate, columns in the version's order."""

    def turned(self, version: str) -> Floats:
        """The same pairs seen from the candidates' side."""


Utility = Callable[[Doubles, Doubles], Doubles]
"""(P(viewer likes candidate) (m,), P(candidate likes viewer) (m,)) -> (m,) what the list is ordered by."""


def one_sided(viewer_likes: Doubles, candidate_likes: Doubles) -> Doubles:
    """The viewer's side alone: the engine's own utility while it is given no other."""
    return viewer_likes


class Settled(Protocol):
    """Knows what candidates have already decided about the viewer."""

    def __call__(self, query: Query, keys: Keys) -> Doubles:
        """(m,) 1 where the candidate likes the viewer, 0 where not, NaN where nothing is decided."""


class Ranker(Protocol):
    """Turns features into one calibrated probability per outcome."""

    version: str
    feature_version: str
    calibrated: bool

    def predict(self, features: Floats) -> Doubles:
        """(m, features) -> (m,) the probability that the viewer likes the candidate (a plain score when not
        ``calibrated``); NaN where it cannot tell, which sinks to the end."""

    def contributions(self, features: Floats) -> Doubles:
        """(m, features) -> (m, features): how far each feature moved the score from the average person's."""


@dataclass(frozen=True, slots=True)
class Relevance:
    """A ranker of who comes to be liked, met or not, and ``share``: what part of the score is left to the utility."""

    ranker: Ranker
    share: float


class Policy(Protocol):
    """Chooses and orders: exposure, exploration, diversity live here."""

    name: str

    def arrange(self, query: Query, pool: Pool, scores: Doubles) -> Slate:
        """The order of the whole pool: first ``query.limit`` are the slate, the rest its reserve.

        Whom it withholds is shown in no place: a list of fewer people is right then.
        """


class Effect(Protocol):
    """Something to do after the answer."""

    name: str

    def after(self, query: Query, shown: Sequence[object]) -> None:
        """Must return at once; slow work is queued."""
