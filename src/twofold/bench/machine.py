"""What a benchmark ran on: absolute times mean nothing without it."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from importlib.metadata import version

import msgspec

from twofold import __version__


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """Machine and versions.

    Args:
        machine: of the processor, such as x86_64.
        cores: that there are.
        load: how busy they were when it began (1 minute); None where the system does not say.
        versions: of packages, by name.

    >>> Machine.this(["numpy"]).versions["numpy"] == version("numpy")
    True
    """

    machine: str
    cores: int
    load: float | None
    python: str
    twofold: str
    versions: dict[str, str]

    @classmethod
    def this(cls, packages: Sequence[str] = ()) -> Machine:
        """The present one."""
        return cls(
            machine=platform.machine(),
            cores=os.cpu_count() or 1,
            load=round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
            python=platform.python_version(),
            twofold=__version__,
            versions={name: version(name) for name in packages},
        )
