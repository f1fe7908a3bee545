"""Every error the product raises on purpose.

::

    TwofoldError
    ├── InvalidInput      a field is not what was expected            HTTP 422   exit 2
    ├── Refused           well-formed, but a rule forbids it          HTTP 409   exit 3
    ├── NotFound          no such person, model or file               HTTP 404   exit 4
    ├── Unavailable       cannot be answered safely right now         HTTP 503   exit 5
    └── Damaged           a stored file does not verify               HTTP 500   exit 6

A message says what was wrong, what was expected and what to do. It never repeats the input: inputs hold private data.
"""

from __future__ import annotations


class TwofoldError(Exception):
    """Base of every error raised on purpose."""

    exit_code = 1


class InvalidInput(TwofoldError):
    """A value does not fit its field.

    >>> raise InvalidInput("birth_date", "a date as YYYY-MM-DD")
    Traceback (most recent call last):
    twofold.domain.errors.InvalidInput: birth_date: expected a date as YYYY-MM-DD
    """

    exit_code = 2

    def __init__(self, field: str, expected: str) -> None:
        super().__init__(f"{field}: expected {expected}")
        self.field = field
        self.expected = expected


class Refused(TwofoldError):
    """The value is well-formed, but a rule of the product forbids it.

    ``code`` is a short stable name (``under_age``, ``age_unknown``, ``erased``, ``unknown_person`` ...).
    """

    exit_code = 3

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class NotFound(TwofoldError):
    """There is no such person, model or file."""

    exit_code = 4


class Unavailable(TwofoldError):
    """No safe answer can be given right now; trying again later may work."""

    exit_code = 5


class Damaged(TwofoldError):
    """A stored file does not verify against its manifest and was not loaded."""

    exit_code = 6
