"""The few HTTP calls the demo's check makes, with the standard library alone."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from twofold.domain.errors import TwofoldError

# A list takes milliseconds; a server that needs this long does not work.
SECONDS = 15.0


class CheckFailed(TwofoldError):
    """The running product did not do what it promises; the message says what."""


@dataclass(frozen=True, slots=True)
class DemoClient:
    """Calls a server at ``address`` (``http://127.0.0.1:8000``)."""

    address: str

    def recommendations(self, person: str, limit: int) -> dict[str, Any]:
        """A person's list, as an operator sees it."""
        asked = urlencode({"limit": limit, "audience": "operator"})
        return self._call("GET", f"/v1/people/{quote(person, safe='')}/recommendations?{asked}")

    def explanation(self, viewer: str, candidate: str) -> dict[str, Any]:
        """Why the candidate is shown to the viewer, or why not."""
        return self._call("GET", f"/v1/people/{quote(viewer, safe='')}/explanation/{quote(candidate, safe='')}")

    def event(self, actor: str, kind: str, target: str) -> dict[str, Any]:
        """One person acts towards another, now."""
        return self._call("POST", "/v1/events", {"actor": actor, "target": target, "kind": kind})

    def ready(self) -> None:
        """Raise unless the server says that it can serve."""
        self._call("GET", "/readyz")

    def _call(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.address + path, data, {"content-type": "application/json"}, method=method)
        # No proxy: a proxy of the environment must not stand between the demo and this very machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        what = f"{method} {path.split('?')[0]}"
        try:
            with opener.open(request, timeout=SECONDS) as answer:
                document = json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            said = error.read().decode(errors="replace")[:500]
            raise CheckFailed(f"{what} answered {error.code}: {said}") from None
        except (OSError, ValueError) as error:
            raise CheckFailed(f"{what} failed: {error}") from None
        return document if isinstance(document, dict) else {}
