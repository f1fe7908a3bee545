"""What a server does beside answering: writes the feature checkpoint, begins each day, keeps its gauges up to date."""

from __future__ import annotations

import threading

import structlog

from twofold.bootstrap import Twofold
from twofold.domain.errors import TwofoldError

# A crash loses at most so much of the checkpoint, which is computed again when it is missing.
SECONDS = 60.0
# Longer than any tidying takes.
SECONDS_TO_STOP = 30.0

log = structlog.get_logger()


class Housekeeping:
    """A thread that tidies up every ``seconds``, and once more at the end."""

    def __init__(self, twofold: Twofold, seconds: float = SECONDS) -> None:
        self._twofold, self._seconds = twofold, seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="twofold-housekeeping")

    def start(self) -> None:
        """Begin."""
        self.tidy()
        self._thread.start()

    def stop(self) -> None:
        """End; what is under way is finished."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(SECONDS_TO_STOP)

    def tidy(self) -> None:
        """Write the checkpoint, begin a new day, set the gauges; a database that is away is tried again next time."""
        try:
            self._twofold.live.flush()
            self._twofold.live.warm()
            self._set_gauges()
        except TwofoldError as error:
            log.warning("housekeeping failed; it is tried again", why=str(error))

    def _set_gauges(self) -> None:
        metrics, live, impressions = self._twofold.metrics, self._twofold.live, self._twofold.impressions
        with live.lock:
            population = live.current().population
            people, position = len(population.columns), population.position
        metrics.people.set(people)
        metrics.position.set(position)
        metrics.prepared.set(live.prepared)
        for state in ("waiting", "written", "dropped"):
            metrics.impressions.labels(state=state).set(getattr(impressions, state))

    def _run(self) -> None:
        self._prepare()
        while not self._stop.wait(self._seconds):
            self.tidy()
            self._prepare()

    def _prepare(self) -> None:
        """What lists read of single people, beside the lists; without it they compute it themselves."""
        try:
            self._twofold.live.prepare(self._stop.is_set)
            self._twofold.metrics.prepared.set(self._twofold.live.prepared)
        except TwofoldError as error:
            log.warning("people are not prepared; it is tried again", why=str(error))
