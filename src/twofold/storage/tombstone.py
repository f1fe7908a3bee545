"""What remains of an erased id: a digest that tells the id again when it comes back, and nothing else."""

from __future__ import annotations

import hashlib
import secrets

SALT_BYTES = 32


def new_salt() -> bytes:
    """A salt for one database; without it a tombstone cannot be tried against a list of known ids."""
    return secrets.token_bytes(SALT_BYTES)


def tombstone_digest(salt: bytes, person_id: str) -> bytes:
    """BLAKE2b of the id, keyed with the database's salt.

    >>> len(tombstone_digest(b"salt", "ada"))
    32
    """
    return hashlib.blake2b(person_id.encode("utf-8", "surrogatepass"), key=salt, digest_size=32).digest()


def log_identity(salt: bytes) -> str:
    """What tells a log from others, of the salt that no other has; the salt itself is not to be had from it.

    >>> len(log_identity(b"salt"))
    32
    """
    return hashlib.sha256(b"log" + salt).hexdigest()[:32]
