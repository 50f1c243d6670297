"""Passwords of staff and district officers: made, hashed and checked here and nowhere else.

Who may sign in, counted failures and the forced change of a first password are ``signing_in``'s matter. Families have
no passwords: they claim a printed slip.
"""

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

#: What OWASP asks of argon2id at least: 19 MiB, two passes, one lane. About 25 ms on a small server.
MEMORY_KIB = 19 * 1024
PASSES = 2
LANES = 1

# Nothing that is mistaken for something else when read from paper: no l, no c beside k, no 0 and 1.
_CONSONANTS = "bdfghkmnprstvz"
_VOWELS = "aeiou"
_DIGITS = "23456789"
_GROUPS = 3
_DIGIT_COUNT = 3


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)


@cache
def _nobodys_hash() -> str:
    return _hasher().hash(secrets.token_hex(16))


def hash_password(password: str) -> str:
    """The argon2id hash of a password, with its own salt and parameters (under 100 characters)."""
    return _hasher().hash(password)


def verify_password(stored: str | None, password: str) -> bool:
    """Whether ``password`` is the one that was hashed to ``stored``.

    ``stored`` None means that there is no such person: it is answered False after the same work, so that the time taken
    tells nobody which names exist. A damaged hash is False, never an error.
    """
    try:
        return _hasher().verify(stored or _nobodys_hash(), password) and stored is not None
    except (Argon2Error, InvalidHashError):
        return False


def make_first_password() -> str:
    """A password to read from paper and type once, like ``bato-rimu-keva-472``: over 46 random bits.

    It must be changed at the first sign-in (``StaffPassword.must_change``).
    """
    groups = ["".join(_syllable() for _ in range(2)) for _ in range(_GROUPS)]
    digits = "".join(secrets.choice(_DIGITS) for _ in range(_DIGIT_COUNT))
    return "-".join([*groups, digits])


def _syllable() -> str:
    return secrets.choice(_CONSONANTS) + secrets.choice(_VOWELS)
