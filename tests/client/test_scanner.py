"""The sign-in screen reads a slip's code by the camera: a real browser with a played camera, a QR code before it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import segno
from playwright.sync_api import Playwright

from tests.client.conftest import CHROMIUM, QUIET, SIZE, Phone, Phones, guardian_code
from tests.client.serving import Served
from tests.client.test_screens import check

pytestmark = [pytest.mark.browser, pytest.mark.sqlite]
WIDTH, HEIGHT, MODULE = 640, 480, 8


def filmed(text: str, folder: Path) -> Path:
    """A film (y4m) of a sheet of paper with one QR code, a little left of the middle."""
    matrix = [list(row) for row in segno.make_qr(text, error="m").matrix_iter(scale=MODULE, border=4)]
    left, top = (WIDTH - len(matrix[0])) // 2 - 20, (HEIGHT - len(matrix)) // 2
    luma = [bytearray([214]) * WIDTH for _ in range(HEIGHT)]
    for y, row in enumerate(matrix):
        luma[top + y][left : left + len(row)] = bytes(30 if dark else 214 for dark in row)
    picture = b"".join(luma) + bytes([128]) * (WIDTH * HEIGHT // 2)
    film = folder / "slip.y4m"
    film.write_bytes(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420\n".encode() + b"FRAME\n" + picture)
    return film


@contextmanager
def with_camera(playwright: Playwright, served: Served, film: Path, *, allowed: bool = True) -> Iterator[Phone]:
    """A phone whose camera sees the film; the system's question about the camera is answered at once."""
    answer = "--use-fake-ui-for-media-stream" if allowed else "--deny-permission-prompts"
    played = ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={film}", answer]
    browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=[*QUIET, *played])
    context = browser.new_context(viewport=SIZE, locale="zh-CN", timezone_id="Asia/Shanghai", reduced_motion="reduce")  # type: ignore[arg-type]
    phone = Phone(served, context)
    phone.page.add_init_script("Permissions.prototype.query = async () => ({ state: 'prompt' })")
    try:
        yield phone
        assert not phone.errors
    finally:
        browser.close()


def test_a_slip_held_before_the_camera_fills_the_code_in(
    served: Served, playwright: Playwright, tmp_path: Path
) -> None:
    code = guardian_code(served, served.cast.mother)
    film = filmed(f"{served.address}/#/claim/{code.replace('-', '')}", tmp_path)
    with with_camera(playwright, served, film) as phone:
        phone.open("/#/sign-in").tap("扫登录条上的二维码").sees("画面只在这台手机上看")
        check(phone, "why the camera")
        phone.tap("打开相机")
        phone.page.get_by_role("dialog").wait_for(state="hidden")
        assert phone.page.get_by_label("登录条上的登录码").input_value() == code
        phone.page.locator("input.four:focus").wait_for()
        phone.page.keyboard.type("1111")  # the next field has the focus already
        phone.page.locator("form button:not([type])").click()
        phone.page.locator("nav").wait_for()


def test_who_has_allowed_the_camera_before_is_not_asked_again(
    served: Served, playwright: Playwright, tmp_path: Path
) -> None:
    with with_camera(playwright, served, filmed("nothing", tmp_path)) as phone:
        phone.page.add_init_script("Permissions.prototype.query = async () => ({ state: 'granted' })")
        phone.open("/#/sign-in").tap("扫登录条上的二维码").sees("这不是登录条上的码")
        assert phone.button("打开相机").count() == 0


def test_another_code_is_said_so_and_the_camera_goes_off_with_the_panel(
    served: Served, playwright: Playwright, tmp_path: Path
) -> None:
    with with_camera(playwright, served, filmed("https://elsewhere.example/pay/K7QM3XRA", tmp_path)) as phone:
        phone.page.add_init_script(TRACKS)
        phone.open("/#/sign-in").tap("扫登录条上的二维码").tap("打开相机").sees("这不是登录条上的码")
        check(phone, "scanning")
        phone.tap("自己输入")
        phone.page.get_by_role("dialog").wait_for(state="hidden")
        assert phone.page.evaluate("window.tracks.map((track) => track.readyState)") == ["ended"]
        assert phone.page.get_by_label("登录条上的登录码").is_editable()


#: Remembers every track of the camera that was handed out.
TRACKS = """
  window.tracks = []
  const ask = MediaDevices.prototype.getUserMedia
  MediaDevices.prototype.getUserMedia = async function (wanted) {
    const made = await ask.call(this, wanted)
    window.tracks.push(...made.getTracks())
    return made
  }
"""


def test_a_camera_that_is_refused_leaves_typing(served: Served, playwright: Playwright, tmp_path: Path) -> None:
    with with_camera(playwright, served, filmed("K7QM-3XRA", tmp_path), allowed=False) as phone:
        phone.open("/#/sign-in").tap("扫登录条上的二维码").tap("打开相机").sees("相机没有打开")
        phone.tap("自己输入").page.get_by_label("登录条上的登录码").fill("K7QM-3XRA")


def test_where_the_browser_reads_codes_itself_no_library_is_fetched(
    served: Served, playwright: Playwright, tmp_path: Path
) -> None:
    with with_camera(playwright, served, filmed("nothing", tmp_path)) as phone:
        fetched: list[str] = []
        phone.page.on("request", lambda request: fetched.append(request.url))
        phone.page.add_init_script(DETECTOR)
        phone.open("/#/sign-in").tap("扫登录条上的二维码").tap("打开相机")
        phone.page.get_by_role("dialog").wait_for(state="hidden")
        assert phone.page.get_by_label("登录条上的登录码").input_value() == "K7QM-3XRA"
        assert not [url for url in fetched if "/decode-" in url]


DETECTOR = """
  window.BarcodeDetector = class {
    static async getSupportedFormats() { return ['qr_code'] }
    async detect() { return [{ rawValue: 'K7QM3XRA' }] }
  }
"""


def test_without_a_camera_to_ask_for_there_is_no_button(served: Served, phone: Phones) -> None:
    plain = phone()
    plain.page.add_init_script("Object.defineProperty(navigator, 'mediaDevices', { value: undefined })")
    plain.open("/#/sign-in").page.get_by_label("登录条上的登录码").wait_for()
    assert plain.page.get_by_role("button", name="扫登录条上的二维码").count() == 0
