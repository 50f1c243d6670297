"""The headers that every answer carries, whatever it is."""

from __future__ import annotations

import pytest
from flask import Flask

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
PATHS = ["/healthz", "/api/v1/me", "/api/v1/nowhere", "/", "/notice-board/shiyan", "/api/v1/notice-board/shiyan"]


@pytest.mark.sqlite
@pytest.mark.parametrize("path", PATHS)
def test_every_answer_says_how_a_browser_may_use_it(app: Flask, path: str) -> None:
    answer = app.test_client().get(path)
    assert {name: answer.headers.get(name) for name in ALWAYS} == ALWAYS
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert "Strict-Transport-Security" not in answer.headers


@pytest.mark.sqlite
@pytest.mark.parametrize("path", PATHS)
def test_over_https_every_answer_says_that_there_is_no_other_way(app: Flask, path: str) -> None:
    answer = app.test_client().get(path, base_url="https://night.yucai.example")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
