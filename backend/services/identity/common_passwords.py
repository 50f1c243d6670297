"""Passwords that a guesser tries first, among those that are long enough: runs, repeats, telephones, and a short list.

Nothing is looked up anywhere: a password is shown to nobody. How often somebody may guess is `attempts`'s matter.
"""

import re

#: What lists of broken passwords begin with, and what schools write; digits and marks around them change nothing.
_STEMS = frozenset(
    [
        "password",
        "passwort",
        "passw0rd",
        "p@ssw0rd",
        "p@ssword",
        "iloveyou",
        "welcome",
        "letmein",
        "administrator",
        "admin",
        "qwerty",
        "qwertyuiop",
        "qwertyui",
        "asdfghjkl",
        "zxcvbnm",
        "qazwsx",
        "qazwsxedc",
        "woaini",
        "woaiwojia",
        "wodemima",
        "laoshi",
        "jiaoshi",
        "xuexiao",
        "mima",
        "teacher",
        "school",
        "nightsheet",
        "changeme",
    ]
)
_RUNS = ("01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm")
_TELEPHONE = re.compile(r"1[3-9]\d{9}")
#: Fewer different signs than this are a pattern, whatever the length.
LEAST_DIFFERENT = 5


def is_common(password: str) -> bool:
    """Whether a guesser has it early: few different signs, a keyboard's run, a telephone or date, a known word."""
    plain = password.casefold()
    word = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", plain)
    return (
        len(set(plain)) < LEAST_DIFFERENT
        or any(plain in run or plain in run[::-1] for run in _RUNS)
        or _TELEPHONE.fullmatch(plain) is not None
        or _repeats(plain)
        or word in _STEMS
        or plain in _STEMS
    )


def _repeats(plain: str) -> bool:
    """Whether it is one piece of at most half its length again and again, as ``20262026`` or ``abc1abc1abc1``."""
    return re.fullmatch(r"(.+?)\1+", plain) is not None
