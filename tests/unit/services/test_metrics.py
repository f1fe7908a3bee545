"""What the service counts of lists, as Prometheus reads it."""

from __future__ import annotations

import re

from prometheus_client import CollectorRegistry, Histogram, generate_latest

from twofold.observability import SECONDS, Metrics, Timings

NAME, MEANING = "some_seconds", "Time per stage"


def test_times_taken_at_once_read_as_those_of_a_histogram() -> None:
    one, other = CollectorRegistry(), CollectorRegistry()
    histogram = Histogram(NAME, MEANING, ("stage",), buckets=SECONDS, registry=one)
    timings = Timings(NAME, MEANING, "stage", other)
    for spent in (0.0, 0.4, 0.5, 1.0, 3.0, 3.1, 250.0, 7_000.0):
        for stage in ("rank", "find"):
            histogram.labels(stage=stage).observe(spent / 1_000)
        timings.observe({"rank": spent, "find": spent})
    assert read(other) == read(one)


def read(registry: CollectorRegistry) -> str:
    """Without the moments at which series began."""
    return re.sub(r"(_created{.*} ).*", r"\1", generate_latest(registry).decode())


def test_lists_and_those_left_out_are_counted_by_label() -> None:
    metrics = Metrics()
    for degraded in (True, False, False):
        metrics.saw_list("m1", degraded, {"total": 2.0})
    metrics.saw_trace({"blocked": 2, "decided": 3}, {"content": "timeout"})
    metrics.saw_trace({"blocked": 5}, {})
    said = metrics.render().decode()
    for line in (
        'twofold_lists_total{degraded="false",model="m1"} 2.0',
        'twofold_lists_total{degraded="true",model="m1"} 1.0',
        'twofold_removed_total{reason="blocked"} 7.0',
        'twofold_component_failures_total{component="content"} 1.0',
        'twofold_stage_seconds_count{stage="total"} 3.0',
    ):
        assert line in said
