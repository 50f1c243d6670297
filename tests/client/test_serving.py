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
from mobile_api.routes import client as client_files

ROOT = Path(__file__).parents[2]
MOST_FIRST_LOAD = 110 * 1024


@pytest.fixture
def web(tmp_path: Path) -> FlaskClient:
    """The application over a database that is not there: the client is served without one."""
    url = f"sqlite:///{tmp_path / 'absent' / 'nowhere.db'}"
    return create_app(Settings.from_env({"DATABASE_URL": url, "NIGHTSHEET_SECRET_KEY": "k" * 48})).test_client()


@pytest.fixture
def built() -> Path:
    """The folder of the build that is served: the committed one, or that of --client-build."""
    return Path(str(client_files.BUILD))


def first_load(built: Path) -> list[str]:
    """The page and what it names."""
    page = (built / "index.html").read_text(encoding="utf-8")
    return ["index.html", *re.findall(r'(?:src|href)="/app/(assets/[^"]+)"', page)]


def test_the_first_page_is_the_client_and_always_asked_for_again(web: FlaskClient, built: Path) -> None:
    answer = web.get("/")
    assert answer.data == (built / "index.html").read_bytes()
    assert (answer.headers["Cache-Control"], answer.mimetype) == ("no-cache", "text/html")
    assert web.get("/", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


@pytest.mark.parametrize(
    ("path", "mimetype", "cached"),
    [
        ("/sw.js", "text/javascript", "no-cache"),
        ("/manifest.webmanifest", "application/manifest+json", "no-cache"),
        ("/app/icon-192.png", "image/png", "no-cache"),
        ("/app/{first script}", "text/javascript", "public, max-age=31536000, immutable"),
    ],
)
def test_each_file_has_its_type_and_its_life(
    web: FlaskClient, built: Path, path: str, mimetype: str, cached: str
) -> None:
    answer = web.get(path.replace("{first script}", first_load(built)[1]))
    assert (answer.status_code, answer.mimetype, answer.headers["Cache-Control"]) == (200, mimetype, cached)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_text_goes_out_compressed_to_whom_takes_it(web: FlaskClient, built: Path) -> None:
    path = f"/app/{first_load(built)[1]}"
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


def test_the_first_load_stays_far_below_150_kb(built: Path) -> None:
    sizes = {name: len(gzip.compress((built / name).read_bytes(), 9)) for name in first_load(built)}
    print(f"first load, gzip: {sum(sizes.values())} bytes in {len(sizes)} files")
    assert len(sizes) >= 3
    assert sum(sizes.values()) < MOST_FIRST_LOAD


FAMILY = ("Consent", "Inbox", "More", "NightPage", "PictureCode", "PushAsk", "ReminderSettings", "Rights", "Week")


def test_the_service_worker_keeps_all_that_a_family_needs_without_a_network(built: Path) -> None:
    kept, assets = kept_files(built), {file.name for file in (built / "assets").iterdir()}
    assert kept <= assets
    assert kept >= {Path(name).name for name in first_load(built)[1:]}
    assert all(any(name.startswith(f"{screen}-") for name in kept) for screen in FAMILY)
    for name in kept:
        needed = re.findall(r"""(?:from|import)\s*["']\./([\w.-]+)["']""", (built / "assets" / name).read_text("utf-8"))
        assert kept.issuperset(needed), (name, needed)


def test_what_most_phones_never_need_is_not_put_on_every_phone(built: Path) -> None:
    assert not [name for name in kept_files(built) if name.startswith(("decode-", "fcm-", "echarts", "Shell-"))]


def kept_files(built: Path) -> set[str]:
    """The assets that the service worker fetches when it is installed."""
    worker = (built / "sw.js").read_text(encoding="utf-8")
    assert re.search(r"const VERSION = '[0-9a-f]{16}'", worker)
    found = re.search(r"const FILES = (\[.*?\])", worker)
    assert found
    listed = json.loads(found[1])
    assert "/" in listed
    return {Path(name).name for name in listed if name != "/"}


#: In Firebase's chunk alone, which is fetched only where the installation sends by it: where a phone registers.
GOOGLE = re.compile(r"https://(firebaseinstallations\.googleapis\.com/v1|fcmregistrations\.googleapis\.com/v1)")


def test_the_build_names_no_other_host(built: Path) -> None:
    allowed = ("http://www.w3.org/", "https://vuejs.org/", "https://router.vuejs.org/", "https://github.com/vuejs/")
    for file in built.rglob("*"):
        if file.suffix in {".js", ".css", ".html", ".webmanifest"}:
            named = re.findall(r"https?://[\w.-]+/[\w./-]*", file.read_text(encoding="utf-8"))
            is_google = file.name.startswith("fcm-")
            other = [each for each in named if not each.startswith(allowed) and not (is_google and GOOGLE.match(each))]
            assert not other, (file.name, other)
            assert "url(//" not in file.read_text(encoding="utf-8")


def test_the_lock_has_checksums_and_no_addresses() -> None:
    lock = json.loads((ROOT / "mobile_api" / "client" / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert all("integrity" in package and "resolved" not in package for package in packages.values())
