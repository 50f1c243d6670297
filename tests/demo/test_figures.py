"""Every figure of a page of charts, reckoned again from the demonstration's raw rows by other means, to the minute."""

from __future__ import annotations

import statistics
from collections import defaultdict
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from backend.demo.shape import ZONE
from backend.domain.night import zone_of
from backend.services.figures import estimates_by_week, reports, trend_overviews, trends
from backend.services.figures.trend_parts import TrendBy
from tests.demo.raw_figures import (
    LAST,
    Rows,
    Work,
    after_noon,
    asked_of_class,
    asked_of_school,
    clock,
    day,
    half_up,
    instant,
    judged,
    median,
    nights_of,
    p,
    share,
    until,
)


@pytest.fixture
def session(fortnight: Session) -> Session:
    """The demonstration's fortnight; tests only read."""
    return fortnight


def of_class(session: Session, by: TrendBy) -> tuple[list[dict[str, Any]], Rows]:
    asked = asked_of_class(session)
    return trends.class_trends(session, by=by, **asked)["items"], Rows(session, asked["class_id"])


def class_page(session: Session) -> tuple[dict[str, Any], Rows]:
    asked = asked_of_class(session)
    return trend_overviews.class_overview(session, **asked), Rows(session, asked["class_id"])


def test_a_classs_nights_and_weekend(session: Session) -> None:
    rows, raw = of_class(session, TrendBy.day)
    found = raw.by_stretch()
    assert [row["to"] for row in rows] == sorted(found)
    for row in rows:
        values = [minutes / row["nights"] for minutes in found[row["to"]].values()]
        cap = raw.sheets[0]["cap_minutes"]
        assert row["n"] == len(values)
        assert row["mean_minutes"] == half_up(statistics.fmean(values) * 10) / 10
        whole = [half_up(value) for value in values]
        assert (row["median_minutes"], row["p90_minutes"]) == (half_up(statistics.median(whole)), p(whole, 9))
        assert row["share_within_percent"] == half_up(100 * sum(value <= cap for value in values) / len(values))


@pytest.mark.parametrize("by", [TrendBy.subject, TrendBy.kind, TrendBy.tier, TrendBy.place])
def test_a_classs_work_by_subject_kind_tier_and_place(session: Session, by: TrendBy) -> None:
    rows, raw = of_class(session, by)
    found = raw.parted(by.value)
    assert [row[by.value] for row in rows] == sorted(found)
    for row in rows:
        values = found[row[by.value]]
        assert (row["n"], row["mean_minutes"]) == (len(values), half_up(statistics.fmean(values) * 10) / 10)
        assert row["median_minutes"] == half_up(statistics.median(half_up(value) for value in values))


def test_the_schools_load_sleep_and_bedtimes(session: Session) -> None:
    raw, asked = Rows(session), asked_of_school(session)
    found = trend_overviews.school_overview(session, **asked)
    school = trends.school_trends(session, by=TrendBy.day, **asked)["items"]
    assert not any(cell["withheld"] for row in school for cell in row["classes"])
    values = [minutes / nights_of(last) for last, of in raw.by_stretch().items() for minutes in of.values()]
    assert found["figure"]["n"] == len(values)
    assert found["figure"]["mean_minutes"] == half_up(statistics.fmean(values) * 10) / 10
    whole = [half_up(value) for value in values]
    assert found["distribution"]["box"] == {
        **{f"p{ten}0": p(whole, ten) for ten in (1, 5, 9)},
        "p25": half_up(statistics.quantiles(whole, n=4, method="inclusive")[0]),
        "p75": half_up(statistics.quantiles(whole, n=4, method="inclusive")[2]),
    }
    last_nights = [row for row in raw.sheets if until(day(row["night"])) == day(row["night"]) <= LAST]
    lights = [
        (at, instant(row["latest_lights_out_at"])) for row in last_nights if (at := instant(row["lights_out_at"]))
    ]
    late = sum(latest is not None and at > latest for at, latest in lights)
    assert found["sleep"]["n_bedtime"] == len(lights)
    assert found["sleep"]["on_time_percent"] == half_up(100 * (len(lights) - late) / len(lights))
    zone = zone_of(ZONE)
    minutes = [(at.astimezone(zone).hour * 60 + at.astimezone(zone).minute - 720) % 1440 for at, _ in lights]
    middle = (half_up(statistics.median(minutes)) + 720) % 1440
    assert found["sleep"]["median_lights_out"] == f"{middle // 60:02}:{middle % 60:02}"
    slept = [row for row in last_nights if row["sleep_minutes"] is not None]
    assert found["sleep"]["n_sleep"] == len(slept)
    met = sum(row["sleep_short_by_minutes"] == 0 for row in slept)
    assert found["sleep"]["target_met_percent"] == half_up(100 * met / len(slept))
    short = sum(row["sleep_short_by_minutes"] > 30 for row in slept)
    assert found["sleep"]["short_percent"] == half_up(100 * short / len(slept))


def test_the_report_upward(session: Session) -> None:
    raw = Rows(session)
    found = reports.school_upward(session, **asked_of_school(session))["total"]
    values = [
        (minutes / nights_of(last), cap)
        for last, of in raw.by_stretch().items()
        for student, minutes in of.items()
        for cap in [next(r["cap_minutes"] for r in raw.sheets if r["student_id"] == student)]
    ]
    within = sum(cap is None or value <= cap for value, cap in values)
    assert found["share_within_percent"] == half_up(100 * within / len(values))
    assert found["response_percent"] == half_up(100 * found["n"] / found["enrolled"])
    assert found["school_days"] == 8


@pytest.mark.parametrize("by", [TrendBy.subject, TrendBy.kind, TrendBy.tier])
def test_a_classs_estimates_against_actual_with_what_is_censored(session: Session, by: TrendBy) -> None:
    rows, raw = of_class(session, by)
    work = parted(raw.work(), by.value)
    assert sum(row["estimate"]["n_censored"] for row in rows) > 0
    for row in rows:
        if row[by.value] in work:
            assert row["estimate"] == judged(work[row[by.value]])


def test_the_weeks_of_every_subject_and_tier(session: Session) -> None:
    asked = asked_of_class(session)
    found = estimates_by_week.class_estimates(session, **asked)
    raw = Rows(session, asked["class_id"])
    for name, rows in (("subject", found["subjects"]), ("tier", found["tiers"])):
        work = parted(raw.work(), name)
        assert {row[name] for row in rows} == set(work)
        for row in rows:
            weeks = {week["from"]: without_dates(week) for week in row.pop("weeks")}
            assert weeks == {monday: judged(of) for monday, of in by_week(work[row[name]]).items()}
            assert without(row, name) == judged(work[row[name]])


def test_the_calibration_of_the_whole_school_holds_what_five_or_more_finished(session: Session) -> None:
    """Each class's stretch of a subject counts when five finished it, unless it is hidden beside a smaller one."""
    found = trend_overviews.school_overview(session, **asked_of_school(session))["calibration"]
    shown = {row["subject"]: without(row, "subject") for row in found if not row["withheld"]}
    compared = 0
    for subject, work in parted(shown_work(Rows(session).work()), "subject").items():
        mine = judged(work)
        if (mine["n"], mine["n_censored"]) == (shown[subject]["n"], shown[subject]["n_censored"]):
            assert shown[subject] == mine
            compared += 1
        else:
            assert shown[subject]["n"] < mine["n"], "what is hidden beside a smaller group only ever takes away"
    assert compared > len(shown) // 2


def shown_work(work: list[Work]) -> list[Work]:
    """The work of classes' stretches in which at least five finished that subject."""
    cells: dict[Any, list[Work]] = defaultdict(list)
    for each in work:
        cells[each.class_id, each.last, each.subject].append(each)
    return [each for own in cells.values() if sum(other.outcome == "finished" for other in own) >= 5 for each in own]


def test_a_classs_heat_map(session: Session) -> None:
    page, raw = class_page(session)
    minutes: dict[tuple[str, int], list[int]] = defaultdict(list)
    for (subject, _, last), took in raw.by_student("subject").items():
        minutes[subject, begins(last).isoweekday()].append(half_up(took / nights_of(last)))
    work: dict[tuple[str, int], list[Work]] = defaultdict(list)
    for each in raw.work():
        work[each.subject, begins(each.last).isoweekday()].append(each)
    assert len(page["heat_map"]) == len(minutes) > 8
    for cell in page["heat_map"]:
        key = cell["subject"], cell["weekday"]
        assert (cell["n"], cell["median_minutes"]) == (len(minutes[key]), median(minutes[key]))
        finished = [each for each in work[key] if each.outcome == "finished"]
        assert cell["ratio"] == (judged(work[key])["ratio"] if finished else None)


def test_a_classs_distribution_and_what_is_done_at_school(session: Session) -> None:
    page, raw = class_page(session)
    values = [half_up(took / nights_of(last)) for last, of in raw.by_stretch().items() for took in of.values()]
    assert page["distribution"]["values"] == sorted(values)
    parts = raw.parted("place")
    home, school = sum(parts["home"]), sum(parts.get("school", []))
    found = page["places"]
    assert found["n"] == len(values)
    assert (found["home_minutes"], found["school_minutes"]) == tuple(
        half_up(each / len(values) * 10) / 10 for each in (home, school)
    )
    assert found["school_share_percent"] == share(half_up(school), half_up(home + school))


def test_a_classs_bedtimes_by_half_hour_of_homeworks_end(session: Session) -> None:
    page, raw = class_page(session)
    ends = raw.finishes()
    bins: dict[int, list[tuple[int, bool]]] = defaultdict(list)
    pairs = []
    for row in raw.last_nights():
        lights, latest = instant(row["lights_out_at"]), instant(row["latest_lights_out_at"])
        end = ends.get((row["student_id"], day(row["night"])))
        if lights is None or end is None:
            continue
        finish = int((end - noon_of(day(row["night"]))) // 60)
        bins[finish // 30 * 30].append((after_noon(lights), latest is not None and lights > latest))
        pairs.append((clock(finish), clock(after_noon(lights))))
    found = page["bedtimes"]
    assert sorted(pairs) == sorted((pair["finish"], pair["lights_out"]) for pair in found["pairs"])
    expected = [
        {
            "from": clock(start),
            "to": clock(start + 30),
            "n": len(rows),
            "median_lights_out": clock(median(at for at, _ in rows)),
            "late_percent": share(sum(late for _, late in rows), len(rows)),
            "withheld": False,
        }
        for start, rows in sorted(bins.items())
    ]
    assert found["bins"] == expected


def test_a_classs_sleep_week_by_week_and_its_debt(session: Session) -> None:
    page, raw = class_page(session)
    debts: dict[date, dict[Any, int]] = defaultdict(lambda: defaultdict(int))
    for row in raw.sheets:
        sunday = day(row["night"]) + timedelta(days=7 - day(row["night"]).isoweekday())
        if sunday <= LAST and row["sleep_short_by_minutes"] is not None:
            debts[sunday][row["student_id"]] += row["sleep_short_by_minutes"]
    owed = [debt for of in debts.values() for debt in of.values()]
    assert owed
    assert (page["sleep"]["n_weeks"], page["sleep"]["debt_percent"]) == (
        len(owed),
        share(sum(debt >= 60 for debt in owed), len(owed)),
    )
    weeks: dict[date, list[dict[str, Any]]] = defaultdict(list)
    for row in raw.last_nights():
        weeks[day(row["night"]) - timedelta(days=day(row["night"]).weekday())].append(row)
    assert [week["from"] for week in page["sleep_weeks"]] == sorted(weeks)
    for week in page["sleep_weeks"]:
        slept = [row for row in weeks[week["from"]] if row["sleep_minutes"] is not None]
        assert (week["n_sleep"], week["projected"]) == (len(slept), sum(bool(r["sleep_is_projected"]) for r in slept))
        assert week["median_sleep_minutes"] == median(row["sleep_minutes"] for row in slept)
        assert week["target_met_percent"] == share(sum(not r["sleep_short_by_minutes"] for r in slept), len(slept))


def test_each_class_of_the_school_week_by_week(session: Session) -> None:
    """The grid of classes: mean, median, 90th percentile and share within the own cap, of every class and week."""
    raw = Rows(session)
    sheets: dict[Any, dict[Any, int]] = defaultdict(lambda: defaultdict(int))
    caps: dict[str, int] = {}
    for row in raw.sheets:
        last = until(day(row["night"]))
        if last <= LAST:
            monday = last - timedelta(days=last.weekday())
            sheets[str(row["class_id"]).replace("-", ""), monday][row["student_id"], last] += row["capped_minutes"]
            caps[str(row["class_id"]).replace("-", "")] = row["cap_minutes"]
    seen = 0
    for week in trends.school_trends(session, by=TrendBy.week, **asked_of_school(session))["items"]:
        for cell in week["classes"]:
            own = sheets[cell["class_id"].hex, week["from"]]
            values = [minutes / nights_of(last) for (_, last), minutes in own.items()]
            whole = [half_up(value) for value in values]
            assert (cell["n"], cell["mean_minutes"]) == (len(values), half_up(statistics.fmean(values) * 10) / 10)
            assert (cell["median_minutes"], cell["p90_minutes"]) == (median(whole), p(whole, 9))
            cap = caps[cell["class_id"].hex]
            assert cell["share_within_percent"] == share(sum(value <= cap for value in values), len(values))
            seen += 1
    assert seen == 24


def parted(work: list[Work], name: str) -> dict[str, list[Work]]:
    """Work by subject, kind or tier."""
    found: dict[str, list[Work]] = defaultdict(list)
    for each in work:
        found[getattr(each, name)].append(each)
    return {key: of for key, of in found.items() if any(each.outcome == "finished" for each in of)}


def by_week(work: list[Work]) -> dict[date, list[Work]]:
    """Work by the Monday of the week in which its last night lies."""
    found: dict[date, list[Work]] = defaultdict(list)
    for each in work:
        found[each.last - timedelta(days=each.last.weekday())].append(each)
    return found


def begins(last: date) -> date:
    """The first night of a stretch."""
    return last - timedelta(days=nights_of(last) - 1)


def noon_of(night: date) -> float:
    """Noon of a night by the wall, in seconds since 1970."""
    return datetime.combine(night, time(12), zone_of(ZONE)).timestamp()


def without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in names}


def without_dates(week: dict[str, Any]) -> dict[str, Any]:
    return without(week, "from", "to")
