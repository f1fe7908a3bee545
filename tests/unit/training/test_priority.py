"""A training gives way with all of its threads."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

SAYS = """
import os, threading, time
begun = threading.Thread(target=time.sleep, args=(60,), daemon=True)
begun.start()
from twofold.training.__main__ import _give_way
_give_way()
tasks = [int(each) for each in os.listdir("/proc/self/task")]
assert len(tasks) > 1
print(*{(os.sched_getscheduler(each), os.getpriority(os.PRIO_PROCESS, each)) for each in tasks})
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="priorities of threads are told by Linux")
def test_threads_that_began_before_are_idle_too() -> None:
    told = subprocess.run([sys.executable, "-c", SAYS], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == f"({os.SCHED_IDLE}, 19)"
