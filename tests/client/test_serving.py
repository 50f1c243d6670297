"""How the built client is served, and what the build may weigh and contain. No browser is needed."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from backend.settings import Settings
from mobile_api.app import create_app

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "mobile_api" / "static" / "app"
MOST_FIRST_LOAD = 150 * 1024


@pytest.fixture
def web(tmp_path: Path) -> FlaskClient:
    """The application over a database that is not there: the client is served without one."""
    url = f"sqlite:///{tmp_path / 'absent' / 'nowhere.db'}"
    return create_app(Settings.from_env({"DATABASE_URL": url, "NIGHTSHEET_SECRET_KEY": "k" * 48})).test_client()


def first_load() -> list[str]:
    """The page and what it names."""
    page = (BUILT / "index.html").read_text(encoding="utf-8")
    return ["index.html", *re.findall(r'(?:src|href)="/app/(assets/[^"]+)"', page)]


def test_the_first_page_is_the_client_and_always_asked_for_again(web: FlaskClient) -> None:
    answer = web.get("/")
    assert answer.data == (BUILT / "index.html").read_bytes()
    assert (answer.headers["Cache-Control"], answer.mimetype) == ("no-cache", "text/html")
    assert web.get("/", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


@pytest.mark.parametrize(
    ("path", "mimetype", "cached"),
    [
        ("/sw.js", "text/javascript", "no-cache"),
        ("/manifest.webmanifest", "application/manifest+json", "no-cache"),
        ("/app/icon-192.png", "image/png", "no-cache"),
        (f"/app/{first_load()[1]}", "text/javascript", "public, max-age=31536000, immutable"),
    ],
)
def test_each_file_has_its_type_and_its_life(web: FlaskClient, path: str, mimetype: str, cached: str) -> None:
    answer = web.get(path)
    assert (answer.status_code, answer.mimetype, answer.headers["Cache-Control"]) == (200, mimetype, cached)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_text_goes_out_compressed_to_whom_takes_it(web: FlaskClient) -> None:
    path = f"/app/{first_load()[1]}"
    packed, plain = web.get(path, headers={"Accept-Encoding": "gzip, br"}), web.get(path)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert "Content-Encoding" not in web.get(path, headers={"Accept-Encoding": "gzip;q=0"}).headers


@pytest.mark.parametrize("path", ["/app/nothing.js", "/app/../client/package.json", "/app/%2e%2e/pages.css", "/app/"])
def test_what_is_not_of_the_build_is_not_served(web: FlaskClient, path: str) -> None:
    answer = web.get(path)
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_the_first_load_stays_under_150_kb(web: FlaskClient) -> None:
    sizes = {name: len(gzip.compress((BUILT / name).read_bytes(), 9)) for name in first_load()}
    print(f"first load, gzip: {sum(sizes.values())} bytes in {len(sizes)} files")
    assert len(sizes) >= 3
    assert sum(sizes.values()) < MOST_FIRST_LOAD


def test_the_service_worker_keeps_every_built_asset() -> None:
    worker = (BUILT / "sw.js").read_text(encoding="utf-8")
    kept = json.loads(re.search(r"const FILES = (\[.*?\])", worker)[1])  # type: ignore[index]
    assets = [f"/app/assets/{file.name}" for file in sorted((BUILT / "assets").iterdir())]
    assert sorted(kept) == sorted(["/", *assets])
    assert re.search(r"const VERSION = '[0-9a-f]{16}'", worker)


def test_the_build_names_no_other_host() -> None:
    allowed = ("http://www.w3.org/", "https://vuejs.org/", "https://router.vuejs.org/", "https://github.com/vuejs/")
    for file in BUILT.rglob("*"):
        if file.suffix in {".js", ".css", ".html", ".webmanifest"}:
            named = re.findall(r"https?://[\w.-]+/[\w./-]*", file.read_text(encoding="utf-8"))
            assert all(each.startswith(allowed) for each in named), (file.name, named)
            assert "url(//" not in file.read_text(encoding="utf-8")


def test_the_lock_has_checksums_and_no_addresses() -> None:
    lock = json.loads((ROOT / "mobile_api" / "client" / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert all("integrity" in package and "resolved" not in package for package in packages.values())
