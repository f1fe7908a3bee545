"""The text a version of a person is stored as: JSON with every field, in the order `Person` declares them."""

from __future__ import annotations

import msgspec

from twofold.domain.errors import InvalidInput
from twofold.domain.person import Person, check_fields

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Person)
_NUL = b"\\u0000"


def encode_person(person: Person) -> str:
    """A person as JSON.

    Raises:
        InvalidInput: for text that no database holds (NUL, a lone surrogate).

    >>> decode_person(encode_person(Person(id="ada"))) == Person(id="ada")
    True
    """
    try:
        body = _ENCODER.encode(person)
    except UnicodeEncodeError:
        raise InvalidInput("person", "valid text without lone surrogates") from None
    if _NUL in body:  # or a backslash before the same letters, which is harmless: the full check decides
        check_fields(person)
    return body.decode()


def decode_person(body: str | bytes) -> Person:
    """The person of a stored text."""
    return _DECODER.decode(body)
