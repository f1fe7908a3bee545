"""The text that the details of an audit entry are stored as: JSON that any reader of JSON reads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from twofold.domain.audit import Json
from twofold.domain.errors import InvalidInput


def encode_details(details: Mapping[str, Json]) -> str:
    """Details as JSON.

    Raises:
        InvalidInput: for numbers that are not finite and values that JSON does not have.

    >>> encode_details({"from": "m0002", "forced": True})
    '{"from": "m0002", "forced": true}'
    """
    try:
        return json.dumps(dict(details), allow_nan=False)
    except (TypeError, ValueError):
        raise InvalidInput("details", "JSON with finite numbers; write what could not be measured as null") from None


def decode_details(text: str) -> dict[str, Any]:
    """The details of a stored text."""
    details: dict[str, Any] = json.loads(text)
    return details
