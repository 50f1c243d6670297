"""The script of one evening, as data: who lives in the class, what everybody does when, and what must come out.

Played over HTTP by `mobile_api.demo_phone`. The expectations were added up by hand from the script, not by the program.
A time is school-local; one before noon is the next morning's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from backend.demo.shape import ZONE
from backend.domain.night import evening_instant

NIGHT = date(2026, 11, 17)
BEGINS, ENDS = "15:00", "09:00"
SEED = 1501
CLASS_NAME = "三(2)班"
#: While the provider is busy it takes nothing and asks to be tried again later.
PROVIDER_BUSY = ("20:30", "20:31")
BUSY_RETRY_SECONDS = 720
#: Whose clock is wrong, and by how many seconds it is fast.
FAST_CLOCK = {"anan": 7 * 60, "anan_m": 7 * 60}


@dataclass(frozen=True, slots=True)
class Child:
    """A student of the class: `guardians` are phones too; with `own_phone` the child has one as well."""

    key: str
    name: str
    guardians: tuple[str, ...]
    own_phone: bool = False
    #: Signed in on the first guardian's phone, beside the guardian.
    shares_phone: bool = False
    consent: bool = True


@dataclass(frozen=True, slots=True)
class Step:
    """At a time somebody does something. `who` is the key of a phone, `child` whose night it is about.

    `expect` is the status or the result that the server must answer with, where it is not plain success.
    """

    at: str
    who: str
    do: str
    child: str = ""
    what: Mapping[str, Any] = field(default_factory=dict)
    expect: str = ""


CHILDREN = (
    Child("lele", "周乐", ("lele_m", "lele_f"), own_phone=True),
    Child("xiaoyu", "沈小雨", ("xiaoyu_m",)),
    Child("anan", "何安", ("anan_m",), shares_phone=True),
    Child("beibei", "唐北", ("beibei_m",), own_phone=True),
    Child("chenchen", "阿依古丽·买买提", ("chenchen_m",)),
    Child("dudu", "郑都", ("dudu_m",)),
    Child("keke", "林可", ("keke_f",), own_phone=True),
    Child("momo", "欧阳墨", ("momo_m", "momo_f")),
    Child("nannan", "江南", ("nannan_m",), own_phone=True),
    Child("qiqi", "Robin Ashdown", ("qiqi_m",)),
    Child("tongtong", "范童", ("tongtong_m",), consent=False),
    Child("yaya", "蒋亚", ("yaya_m",)),
)
STAFF = (
    ("homeroom", "王雅文", "chinese"),
    ("maths_teacher", "李明", "maths"),
    ("english_teacher", "周英", "english"),
    ("office", "韩教务", None),
)
#: A guardian who wants nothing in the evening: starts and ends of the quiet hours.
QUIET = {"anan_m": ("20:00", "07:00")}


def _work(who: str, child: str, *spans: tuple[str, str, str]) -> tuple[Step, ...]:
    """Timed work: subject, start, finish."""
    steps: list[Step] = []
    for subject, start, finish in spans:
        steps.append(Step(start, who, "start", child, {"subject": subject}))
        steps.append(Step(finish, who, "finish", child, {"subject": subject}))
    return tuple(steps)


def _bed(who: str, child: str, at: str, **what: Any) -> Step:
    return Step(at, who, "lights_out", child, {"at": at, **what})


def _wake(who: str, child: str, at: str, logged: str) -> Step:
    return Step(logged, who, "wake", child, {"at": at})


PUBLISHING = (
    Step("15:05", "maths_teacher", "publish", what={"subject": "maths", "minutes": 20, "title": "练习 12"}),
    Step("15:10", "homeroom", "publish", what={"subject": "chinese", "minutes": 20, "title": "第 18 课生字词"}),
    Step(
        "15:20",
        "english_teacher",
        "publish",
        what={"subject": "english", "minutes": 25, "title": "Unit 5 练习"},
        expect="over_cap_reason_required",
    ),
    Step(
        "15:21",
        "english_teacher",
        "publish",
        what={"subject": "english", "minutes": 25, "title": "Unit 5 练习", "reason": "单元复习，已与班主任商量。"},
    ),
)
#: Over the cap by timer on a phone of her own: near at 19:33, above at 19:46.
LELE = (
    *_work("lele", "lele", ("maths", "18:30", "18:55"), ("chinese", "19:00", "19:20"), ("english", "19:30", "19:50")),
    _bed("lele", "lele", "21:00"),
    Step("21:10", "lele_f", "confirm", "lele"),
    _wake("lele_m", "lele", "06:50", "06:55"),
)
#: A pause is no work.
XIAOYU = (
    Step("19:00", "xiaoyu_m", "start", "xiaoyu", {"subject": "maths"}),
    Step("19:15", "xiaoyu_m", "pause", "xiaoyu", {"subject": "maths"}),
    *_work("xiaoyu_m", "xiaoyu", ("maths", "19:20", "19:30"), ("chinese", "19:35", "19:55")),
    _bed("xiaoyu_m", "xiaoyu", "20:50"),
    _wake("xiaoyu_m", "xiaoyu", "06:55", "07:05"),
)
#: The clock of this phone is seven minutes fast; the child is signed in on it, beside the mother, who wants quiet.
ANAN = (
    *_work("anan", "anan", ("maths", "18:40", "19:05"), ("chinese", "19:10", "19:25"), ("english", "19:30", "19:45")),
    _bed("anan", "anan", "21:10"),
    _wake("anan_m", "anan", "06:50", "07:00"),
)
#: Offline all evening; in the morning everything is sent, the latest first, and all of it twice.
BEIBEI = (
    Step("18:00", "beibei", "go_offline"),
    *_work("beibei", "beibei", ("maths", "19:10", "19:40"), ("chinese", "19:45", "20:05")),
    _bed("beibei", "beibei", "21:10"),
    Step("07:20", "beibei", "go_online", "beibei", {"order": "latest_first", "times": 2}),
    _wake("beibei", "beibei", "07:15", "07:22"),
    Step("07:40", "beibei_m", "confirm", "beibei"),
)
#: Paper, typed in by the mother afterwards: over the cap, and only she is told.
CHENCHEN = (
    Step("20:30", "chenchen_m", "type", "chenchen", {"subject": "maths", "from": "18:00", "to": "18:30"}),
    Step("20:30", "chenchen_m", "type", "chenchen", {"subject": "chinese", "from": "18:30", "to": "18:50"}),
    Step("20:30", "chenchen_m", "type", "chenchen", {"subject": "english", "from": "18:50", "to": "19:15"}),
    Step("20:40", "chenchen_m", "note", "chenchen", {"text": "英语有点难，做得久了些。"}),
    _bed("chenchen_m", "chenchen", "21:15"),
)
#: A bad connection: the same batch is sent twice, in the wrong order.
DUDU = (
    Step("18:00", "dudu_m", "go_offline"),
    *_work("dudu_m", "dudu", ("maths", "18:20", "18:45"), ("chinese", "18:50", "19:10"), ("english", "19:15", "19:25")),
    Step("19:40", "dudu_m", "go_online", "dudu", {"order": "latest_first", "times": 2}),
    _bed("dudu_m", "dudu", "20:55"),
    _wake("dudu_m", "dudu", "07:00", "07:10"),
)
#: An edit after the confirmation withdraws it; nobody confirms again.
KEKE = (
    *_work("keke", "keke", ("maths", "19:00", "19:20"), ("chinese", "19:25", "19:45"), ("english", "19:50", "20:00")),
    Step("20:30", "keke", "submit", "keke"),
    Step("20:40", "keke_f", "confirm", "keke"),
    Step("20:45", "keke", "type", "keke", {"subject": "english", "from": "19:50", "to": "20:10"}),
    _bed("keke", "keke", "21:05"),
    _wake("keke_f", "keke", "06:50", "07:00"),
)
#: Father starts from what he saw at eight; mother has changed it since: a conflict, both versions shown, hers stands.
MOMO = (
    *_work("momo_m", "momo", ("maths", "19:00", "19:35"), ("chinese", "19:40", "20:00")),
    Step("20:05", "momo_f", "look", "momo"),
    Step("20:45", "momo_m", "amend", "momo", {"subject": "maths", "from": "19:00", "to": "19:40"}),
    Step("20:50", "momo_f", "amend", "momo", {"subject": "maths", "from": "19:00", "to": "19:45"}, expect="conflict"),
    _bed("momo_m", "momo", "21:20"),
    _wake("momo_m", "momo", "06:40", "06:50"),
)
#: Stopped for sleep; the child's own phone stays silent although the cap is passed at 21:06.
NANNAN = (
    *_work("nannan", "nannan", ("chinese", "20:00", "20:30")),
    Step("20:35", "nannan", "start", "nannan", {"subject": "maths"}),
    Step("21:20", "nannan_m", "stop", "nannan", {"at": "21:20"}),
    _wake("nannan_m", "nannan", "06:45", "06:55"),
)
#: Nobody logs the bedtime until the guardian is asked at 21:30.
QIQI = (
    *_work("qiqi_m", "qiqi", ("maths", "19:00", "19:25"), ("chinese", "19:30", "19:50")),
    Step("21:40", "qiqi_m", "lights_out", "qiqi", {"at": "21:35"}),
    _wake("qiqi_m", "qiqi", "06:45", "07:00"),
)
#: No consent yet: refused, then given, then the same is sent again.
TONGTONG = (
    Step("18:30", "tongtong_m", "start", "tongtong", {"subject": "maths"}, expect="consent_required"),
    Step("18:32", "tongtong_m", "grant_consent", "tongtong"),
    *_work("tongtong_m", "tongtong", ("maths", "18:33", "18:53"), ("chinese", "19:00", "19:15")),
    *_work("tongtong_m", "tongtong", ("english", "19:20", "19:30")),
    _bed("tongtong_m", "tongtong", "21:00"),
    _wake("tongtong_m", "tongtong", "07:00", "07:05"),
)
REVIEWING = (Step("08:30", "homeroom", "review", "chenchen", {"text": "收到，今天会和英语老师说。"}),)

_PARTS = (PUBLISHING, LELE, XIAOYU, ANAN, BEIBEI, CHENCHEN, DUDU, KEKE, MOMO, NANNAN, QIQI, TONGTONG, REVIEWING)


def instant(at: str) -> datetime:
    """The instant of a time of the script."""
    return evening_instant(NIGHT, time.fromisoformat(at), ZONE)


def script() -> list[Step]:
    """All steps in the order in which they happen; at the same minute in the order in which they are written."""
    return sorted((step for part in _PARTS for step in part), key=lambda step: instant(step.at))


@dataclass(frozen=True, slots=True)
class Expected:
    """What must come out, added up by hand from the script above."""

    written: Mapping[str, int]
    over_cap: frozenset[str]
    mean_minutes: float
    median_minutes: int
    share_within_percent: int
    n: int
    enrolled: int
    #: Per subject: n finished, n censored, median minutes.
    subjects: Mapping[str, tuple[int, int, int]]
    #: Logged sleep in minutes.
    sleep: Mapping[str, int]
    late: frozenset[str]
    #: (code, recipient, child, occasion, local time at which it was put in) of every reminder that went out.
    sent: frozenset[tuple[str, str, str, int, str]]
    dropped: Mapping[tuple[str, str, str, int], str]


EXPECTED = Expected(
    written={
        "lele": 65,  # 25 + 20 + 20
        "xiaoyu": 45,  # 15 + 10 + 20
        "anan": 55,  # 25 + 15 + 15
        "beibei": 50,  # 30 + 20
        "chenchen": 75,  # 30 + 20 + 25
        "dudu": 55,  # 25 + 20 + 10
        "keke": 60,  # 20 + 20 + 20 after her edit
        "momo": 60,  # 40 as her mother amended + 20
        "nannan": 75,  # 30 + 45 until stopped
        "qiqi": 45,  # 25 + 20
        "tongtong": 45,  # 20 + 15 + 10
    },
    over_cap=frozenset({"lele", "chenchen", "nannan"}),
    mean_minutes=57.3,  # 630 / 11
    median_minutes=55,
    share_within_percent=73,  # 8 of 11
    n=11,
    enrolled=12,
    subjects={"maths": (10, 1, 25), "chinese": (11, 0, 20), "english": (6, 0, 18)},
    sleep={
        "lele": 590,
        "xiaoyu": 605,
        "anan": 580,
        "beibei": 605,
        "dudu": 605,
        "keke": 585,
        "momo": 560,
        "nannan": 565,
        "qiqi": 550,
        "tongtong": 600,
    },
    late=frozenset({"qiqi"}),
    sent=frozenset(
        {
            ("plan_over_cap", "homeroom", "class", 1, "15:21"),
            ("plan_over_cap", "office", "class", 1, "15:21"),
            # Everybody with a sheet and not in bed; Anan's mother wants quiet, Beibei's phone is offline.
            ("wind_down", "lele_m", "lele", 1, "20:35"),
            ("wind_down", "lele_f", "lele", 1, "20:35"),
            ("wind_down", "xiaoyu_m", "xiaoyu", 1, "20:35"),
            ("wind_down", "chenchen_m", "chenchen", 1, "20:35"),
            ("wind_down", "dudu_m", "dudu", 1, "20:35"),
            ("wind_down", "keke_f", "keke", 1, "20:35"),
            ("wind_down", "momo_m", "momo", 1, "20:35"),
            ("wind_down", "momo_f", "momo", 1, "20:35"),
            ("wind_down", "nannan_m", "nannan", 1, "20:35"),
            ("wind_down", "qiqi_m", "qiqi", 1, "20:35"),
            ("wind_down", "tongtong_m", "tongtong", 1, "20:35"),
            ("cap_near", "lele", "lele", 1, "19:33"),
            ("cap_near", "anan", "anan", 1, "19:38"),
            ("cap_near", "keke", "keke", 1, "19:58"),
            ("cap_near", "momo", "momo", 1, "19:53"),
            ("cap_reached", "lele", "lele", 1, "19:46"),
            ("cap_reached", "lele_m", "lele", 1, "19:46"),
            ("cap_reached", "lele_f", "lele", 1, "19:46"),
            ("cap_reached", "chenchen_m", "chenchen", 1, "20:30"),
            ("cap_reached", "nannan_m", "nannan", 1, "21:06"),
            ("bedtime_passed", "qiqi_m", "qiqi", 1, "21:30"),
            ("confirm_sheet", "lele_m", "lele", 1, "21:00"),
            ("confirm_sheet", "lele_f", "lele", 1, "21:00"),
            ("confirm_sheet", "anan_m", "anan", 2, "07:30"),
            ("confirm_sheet", "beibei_m", "beibei", 1, "07:20"),
            ("confirm_sheet", "keke_f", "keke", 2, "07:30"),
            ("sleep_short", "momo_m", "momo", 1, "06:50"),
            ("sleep_short", "momo_f", "momo", 1, "06:50"),
            ("sleep_short", "nannan_m", "nannan", 1, "06:55"),
            ("sleep_short", "qiqi_m", "qiqi", 1, "07:00"),
        }
    ),
    dropped={("confirm_sheet", "keke_f", "keke", 1): "reason_gone"},
)
