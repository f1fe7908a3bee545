"""Two servers on one database keep one exposure cap, and a restarted one remembers."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

Start = Callable[..., Any]

PEOPLE, CAP, LENGTH = 14, 3, 4
SETTINGS = {"TWOFOLD_EXPOSURE_CAP": str(CAP), "TWOFOLD_EXPOSURE_PERIOD_DAYS": "365"}
# What one server shows counts in the other within a second; a busy machine is given more.
FOLLOWED_S = 2.0


def a_list(http: httpx.Client, viewer: int) -> dict[str, Any]:
    answer: dict[str, Any] = http.get(f"/v1/people/p{viewer}/recommendations", params={"limit": LENGTH}).json()
    return answer


def test_nobody_is_shown_more_often_than_the_cap_by_two_servers(start: Start, tmp_path: Path) -> None:
    servers = [start(tmp_path / "data", **SETTINGS) for _ in range(2)]
    for number in range(PEOPLE):
        servers[0].http.put(f"/v1/people/p{number}", json={"birth_date": "1990-01-01"}).raise_for_status()
    seen = Counter[str]()
    short: dict[str, Any] = {}
    for turn in range(4):
        for viewer in range(turn * 3, turn * 3 + 3):
            answer = a_list(servers[turn % 2].http, viewer)
            seen.update(item["person"] for item in answer["items"])
            short = answer if len(answer["items"]) < LENGTH else short
        time.sleep(FOLLOWED_S)
    assert max(seen.values()) == CAP
    assert short["removed"]["exposed"] > PEOPLE - LENGTH - 2
    assert servers[0].stop() == 0
    again = start(tmp_path / "data", **SETTINGS)
    seen.update(item["person"] for item in a_list(again.http, 13)["items"])
    assert max(seen.values()) == CAP
