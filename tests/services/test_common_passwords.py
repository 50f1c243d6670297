"""Which passwords are guessed first."""

import pytest

from backend.services.identity.common_passwords import is_common
from backend.services.identity.passwords import make_first_password
from tests.cast import FIRST_PASSWORD, PASSWORD


@pytest.mark.parametrize(
    "password",
    [
        "1234567890",
        "0987654321",
        "Qwertyuiop",
        "aaaaaaaaaa",
        "1212121212",
        "Password2026",
        "password!!!",
        "2026@laoshi",
        "13812345678",
        "2026120120261201",
        "abcdefghijkl",
        "P@ssw0rd123",
    ],
)
def test_what_a_guesser_tries_first_is_common(password: str) -> None:
    assert is_common(password)


@pytest.mark.parametrize(
    "password", ["seven quiet herons", "月亮在教室的窗外挂着", "nightsheet of the 3rd", PASSWORD, FIRST_PASSWORD]
)
def test_what_somebody_thought_of_is_not(password: str) -> None:
    assert not is_common(password)


def test_no_first_password_is_common() -> None:
    assert not any(is_common(make_first_password()) for _ in range(200))
