"""What all tests share: how hypothesis searches."""

from __future__ import annotations

import os

from hypothesis import settings
from threadpoolctl import threadpool_limits

import twofold.bootstrap  # noqa: F401 - so that all there is to compile is known
from twofold.compiled import compile_all

# No deadline: a busy machine is not a failure. CI repeats itself; elsewhere each run looks in new places.
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
# Tests run two at a time; each with as many BLAS threads as there are cores would only wait for the others.
threadpool_limits(1, user_api="blas")

# The loops of the request path, before a test that gives a component little time is the first to call one.
compile_all()

settings.load_profile("ci" if os.environ.get("CI") else "here")
