"""A training beside the servers that are measured: a process of its own, at the lowest priority."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from twofold.domain.errors import Unavailable
from twofold.settings import Settings


@contextmanager
def training_beside(settings: Settings) -> Iterator[subprocess.Popen[str]]:
    """Train both stages and register nothing; it has begun to read when this returns, and is ended at the end.

    Raises:
        Unavailable: it did not begin.
    """
    command = [sys.executable, "-m", "twofold.training", "--database", settings.url, "--as-of", "last", "--aside"]
    command += ["--models", str(settings.models_dir)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as child:
        try:
            assert child.stdout is not None
            if "stage" not in child.stdout.readline():
                raise Unavailable("the training beside the servers did not begin")
            threading.Thread(target=child.stdout.read, daemon=True).start()  # or it would wait for a reader
            yield child
        finally:
            child.kill()
