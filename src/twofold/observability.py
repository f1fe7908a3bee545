"""What the service says about itself: metrics for Prometheus and structured logs, without personal data."""

from __future__ import annotations

import logging
import sys
import threading
import time
from bisect import bisect_left
from collections.abc import Mapping
from itertools import accumulate

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Metric, generate_latest
from prometheus_client.core import HistogramMetricFamily

# From well below the reach (a list in 3 ms) to where a person gives up.
SECONDS = (0.0005, 0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)
BOUNDS = (*(str(float(each)) for each in SECONDS), "+Inf")  # as Prometheus writes them


class Children(dict[tuple[str, ...], Counter]):
    """A counter's children by their labels' values: to find one by its labels takes longer than to count."""

    def __init__(self, of: Counter) -> None:
        super().__init__()
        self._of = of

    def __missing__(self, values: tuple[str, ...]) -> Counter:
        self[values] = child = self._of.labels(*values)
        return child


class Timings:
    """A histogram of seconds by one label, which takes the times of all its values at once."""

    def __init__(self, name: str, documentation: str, label: str, registry: CollectorRegistry) -> None:
        self._name, self._documentation, self._labelnames = name, documentation, (label,)
        self._lock = threading.Lock()
        self._counts: dict[str, list[int]] = {}
        self._sums: dict[str, float] = {}
        self._begun: dict[str, float] = {}
        registry.register(self)

    def observe(self, spent_ms: Mapping[str, float]) -> None:
        """Milliseconds by label."""
        with self._lock:
            for label, spent in spent_ms.items():
                if label not in self._counts:
                    self._counts[label], self._sums[label] = [0] * (len(SECONDS) + 1), 0.0
                    self._begun[label] = time.time()
                self._counts[label][bisect_left(SECONDS, spent / 1_000)] += 1
                self._sums[label] += spent / 1_000

    def describe(self) -> list[Metric]:
        """What `collect` gives, without samples."""
        return [self._family()]

    def collect(self) -> list[Metric]:
        """As those of `prometheus_client.Histogram`."""
        family, (label,) = self._family(), self._labelnames
        with self._lock:
            for value, counts in self._counts.items():
                buckets = list(zip(BOUNDS, accumulate(counts), strict=True))
                family.add_metric([value], buckets, self._sums[value])
                family.add_sample(f"{self._name}_created", {label: value}, self._begun[value])
        return [family]

    def _family(self) -> HistogramMetricFamily:
        return HistogramMetricFamily(self._name, self._documentation, labels=self._labelnames)


class Metrics:
    """All metrics of one process, in a registry of its own.

    >>> metrics = Metrics()
    >>> metrics.saw_cache(hit=True)
    >>> b'twofold_list_cache_total{result="hit"} 1.0' in metrics.render()
    True
    """

    def __init__(self) -> None:
        registry = CollectorRegistry()
        self._registry = registry
        self.requests = Counter(
            "twofold_http_requests",
            "HTTP requests by route, method and status",
            ("route", "method", "status"),
            registry=registry,
        )
        self.request_seconds = Timings("twofold_http_request_seconds", "Time to answer a request", "route", registry)
        self.stage_seconds = Timings("twofold_stage_seconds", "Time per stage of an uncached list", "stage", registry)
        self.lists = Counter("twofold_lists", "Lists made or served again", ("model", "degraded"), registry=registry)
        self.cache = Counter("twofold_list_cache", "Reads of the list cache", ("result",), registry=registry)
        self.removed = Counter("twofold_removed", "People left out of lists, by reason", ("reason",), registry=registry)
        self.failed = Counter("twofold_component_failures", "Components that failed", ("component",), registry=registry)
        self.events = Counter("twofold_events", "Events received", ("result",), registry=registry)
        self.impressions = Gauge(
            "twofold_impressions", "Impressions of this process by what became of them", ("state",), registry=registry
        )
        self.people = Gauge("twofold_people", "People in memory", registry=registry)
        self.prepared = Gauge(
            "twofold_prepared", "1 once what lists read of single people is computed for the day", registry=registry
        )
        self.position = Gauge("twofold_log_position", "Last change of the log in memory", registry=registry)
        self._requests, self._lists, self._cache, self._removed, self._failed = (
            Children(each) for each in (self.requests, self.lists, self.cache, self.removed, self.failed)
        )

    def saw_request(self, route: str, method: str, status: str, seconds: float) -> None:
        """Count one request and its time."""
        self._requests[route, method, status].inc()
        self.request_seconds.observe({route: 1_000 * seconds})

    def saw_list(self, model: str, degraded: bool, timings_ms: Mapping[str, float]) -> None:
        """Count one list and the time of its stages."""
        self._lists[model, "true" if degraded else "false"].inc()
        self.stage_seconds.observe(timings_ms)

    def saw_cache(self, hit: bool) -> None:
        """Count one look into the list cache."""
        self._cache["hit" if hit else "miss",].inc()

    def saw_trace(self, removed: Mapping[str, int], failed: Mapping[str, str]) -> None:
        """Count who was left out and which components failed while a list was made."""
        for reason, count in removed.items():
            self._removed[reason,].inc(count)
        for component in failed:
            self._failed[component,].inc()

    def render(self) -> bytes:
        """The text format that Prometheus scrapes."""
        return generate_latest(self._registry)


def configure_logging(level: str = "info") -> None:
    """Structured lines on standard error: coloured on a terminal, JSON otherwise."""
    terminal = sys.stderr.isatty()
    renderer = structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        # Asked for at each line: standard error may have been replaced since (a test, a daemon that reopens it).
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )
