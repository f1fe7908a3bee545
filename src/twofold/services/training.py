"""Training in a child process: the server and the command line never import what only training needs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import structlog

from twofold.domain.errors import InvalidInput, TwofoldError

log = structlog.get_logger()

Progress = Callable[[str, float], None]


class TrainingFailed(TwofoldError):
    """The training process ended without a report; the message is its own last word, the exit code its own."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = code if code in range(1, 7) else 1


@dataclass(frozen=True, slots=True)
class TrainingOrder:
    """What to train: up to which moment (``now`` and ``last`` are understood), with which seed, and what kind of model.

    ``ranker``, ``features``, ``delay_days`` and ``utility`` are as in `training.recipe.Recipe`; None is its default.
    ``aside`` registers nothing: the report holds the model's record instead, for an evaluation.
    """

    as_of: str | None = None
    seed: int = 0
    aside: bool = False
    ranker: str | None = None
    features: str | None = None
    delay_days: float | None = None
    utility: str | None = None

    def arguments(self) -> list[str]:
        """As the child process takes them."""
        given = {
            "--as-of": self.as_of,
            "--ranker": self.ranker,
            "--features": self.features,
            "--delay-days": self.delay_days,
            "--utility": self.utility,
        }
        named = [part for name, value in given.items() if value is not None for part in (name, str(value))]
        return ["--seed", str(self.seed), *named, *(["--aside"] if self.aside else [])]


class TrainingService:
    """Runs ``python -m twofold.training`` and follows what it says."""

    def __init__(self, database_url: str, models_dir: Path, snapshots_dir: Path | None = None) -> None:
        self._command = [sys.executable, "-m", "twofold.training", "--models", str(models_dir)]
        self._snapshots = [] if snapshots_dir is None else [f"--snapshots={snapshots_dir.absolute()}"]
        self._environment = {**os.environ, "TWOFOLD_DATABASE_URL": database_url}
        self._running = threading.Lock()

    def train(self, order: TrainingOrder, progress: Progress | None = None) -> dict[str, Any]:
        """Train and wait; the report as the child wrote it (`training.run.TrainingReport`).

        Raises:
            InvalidInput: another training of this process is still running.
            TrainingFailed: the child ended without a report.
        """
        if not self._running.acquire(blocking=False):
            raise InvalidInput("train", "no other training to be running")
        try:
            return self._run("training", [*order.arguments(), *self._snapshots], progress)
        finally:
            self._running.release()

    def export(self, order: TrainingOrder, path: Path, progress: Progress | None = None) -> dict[str, Any]:
        """Write the rows that the ordered training would fit its ranker on to a Parquet file, and wait.

        Returns:
            The report as the child wrote it (`training.export.ExportReport`).

        Raises:
            TrainingFailed: the child ended without a report; what was at the path is there still.
        """
        return self._run("the export", [*order.arguments(), f"--export={path.absolute()}"], progress)

    def _run(self, what: str, arguments: list[str], progress: Progress | None) -> dict[str, Any]:
        command = [*self._command, *arguments]
        last: dict[str, Any] = {}
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self._environment
        ) as child:
            errors: list[str] = []
            assert child.stdout is not None
            assert child.stderr is not None
            drain = threading.Thread(target=errors.extend, args=(child.stderr,), daemon=True)
            drain.start()
            for line in child.stdout:
                last = _message(line) or last
                if progress is not None and "stage" in last:
                    progress(str(last["stage"]), float(last.get("done", 0.0)))
            drain.join()
        return _report(what, last, child.returncode, "".join(errors[-3:]).strip())


def _message(line: str) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _report(what: str, last: dict[str, Any], code: int, errors: str) -> dict[str, Any]:
    if code == 0 and isinstance(last.get("report"), dict):
        report: dict[str, Any] = last["report"]
        return report
    said = last.get("error")
    message = said.get("message") if isinstance(said, dict) else None
    raise TrainingFailed(f"{what} failed: {message or errors or f'the process ended with code {code}'}", code)


class Due(Protocol):
    """Says when a training is due."""

    def __call__(self) -> bool:
        """Whether it is now."""

    def tried(self) -> None:
        """One has run to its end since; whatever it gave, the next waits for more to learn from."""


class AutoTrainer:
    """Trains by itself when the first thresholds are reached: the collaborative model, then the ranking model.

    Args:
        due: says whether a training is due; asked again every ``seconds``.
        order: what is trained then.
    """

    def __init__(
        self, service: TrainingService, due: Due, seconds: float = 15.0, order: TrainingOrder | None = None
    ) -> None:
        self._service, self._due, self._seconds, self._order = service, due, seconds, order or TrainingOrder()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True, name="twofold-auto-train")

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Stop watching; a training under way ends by itself."""
        self._stop.set()

    def _watch(self) -> None:
        while not self._stop.wait(self._seconds):
            try:
                if self._due():
                    report = self._service.train(self._order)
                    self._due.tried()
                    log.info("trained by itself", version=report.get("version"), trained=report.get("trained"))
            except (TwofoldError, OSError) as error:
                log.warning("training by itself failed; it is tried again", why=str(error))
