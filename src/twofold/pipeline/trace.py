"""What happened while a list was made: times, what each source brought, who was removed and why, what failed."""

from __future__ import annotations

import time
from dataclasses import dataclass, field


@dataclass(slots=True)
class Trace:
    """Filled by the engine alone.

    Args:
        timings_ms: milliseconds per stage.
        brought: people each source found, before merging.
        removed: people removed, by `Removed` label.
        failed: components that raised or ran out of time, with the kind of failure.
        notes: what a component had to say about how it worked.
        degraded: the intended model, features or policy could not be used.

    >>> trace = Trace()
    >>> trace.lap("rank")
    >>> list(trace.timings_ms)
    ['rank']
    """

    timings_ms: dict[str, float] = field(default_factory=dict)
    brought: dict[str, int] = field(default_factory=dict)
    removed: dict[str, int] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    degraded: bool = False
    _since: int = field(default_factory=time.perf_counter_ns)

    def lap(self, name: str) -> None:
        """A stage ends that began where the one before it ended, or this trace; a stage that comes twice adds up."""
        now = time.perf_counter_ns()
        spent = self.timings_ms.get(name, 0.0) + (now - self._since) / 1e6
        self.timings_ms[name], self._since = round(spent, 3), now

    def remove(self, label: str, count: int) -> None:
        """Count people removed for one reason."""
        if count:
            self.removed[label] = self.removed.get(label, 0) + count
