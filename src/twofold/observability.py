"""What the service says about itself: metrics for Prometheus and structured logs, without personal data."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

# From well below the reach (a list in 3 ms) to where a person gives up.
SECONDS = (0.0005, 0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)


class Metrics:
    """All metrics of one process, in a registry of its own.

    >>> metrics = Metrics()
    >>> metrics.cache.labels(result="hit").inc()
    >>> b'twofold_list_cache_total{result="hit"} 1.0' in metrics.render()
    True
    """

    def __init__(self) -> None:
        registry = CollectorRegistry()
        self._stages: dict[str, Histogram] = {}  # finding one by its label takes longer than to observe
        self._registry = registry
        self.requests = Counter(
            "twofold_http_requests",
            "HTTP requests by route, method and status",
            ("route", "method", "status"),
            registry=registry,
        )
        self.request_seconds = Histogram(
            "twofold_http_request_seconds", "Time to answer a request", ("route",), buckets=SECONDS, registry=registry
        )
        self.stage_seconds = Histogram(
            "twofold_stage_seconds",
            "Time per stage of an uncached list",
            ("stage",),
            buckets=SECONDS,
            registry=registry,
        )
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

    def saw_list(self, model: str, degraded: bool, timings_ms: Mapping[str, float]) -> None:
        """Count one list and the time of its stages."""
        self.lists.labels(model=model, degraded=str(degraded).lower()).inc()
        for stage, spent in timings_ms.items():
            if stage not in self._stages:
                self._stages[stage] = self.stage_seconds.labels(stage=stage)
            self._stages[stage].observe(spent / 1_000)

    def saw_trace(self, removed: Mapping[str, int], failed: Mapping[str, str]) -> None:
        """Count who was left out and which components failed while a list was made."""
        for reason, count in removed.items():
            self.removed.labels(reason=reason).inc(count)
        for component in failed:
            self.failed.labels(component=component).inc()

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
