"""Eight reminders as somebody would write them who knows the zone, the hour and one code: what `bench.reminders` beats.

The conditions are those of docs/reminders.md, wishes, consent and a child's silence included; what the product does
besides is serve every zone, every school's own times and both databases from one statement.
"""

# ruff: noqa: S608 - a benchmark of SQL is written in SQL, of constants of ours

from __future__ import annotations

import datetime as dt
from itertools import pairwise

from bench.reminders_data import THURSDAY, local

FRIDAY = THURSDAY + dt.timedelta(days=1)
WEEK = f"DATE '{THURSDAY - dt.timedelta(days=6)}' AND DATE '{THURSDAY}'"
NOBODY = "'00000000-0000-0000-0000-000000000000'::uuid"

_INSERT = """
INSERT INTO outbox (id, school_id, code, recipient_id, subject_id, night, occasion, params, state, created_at, due_at,
    expires_at, attempts)
SELECT gen_random_uuid(), s.school_id, '{code}', p.id, s.subject_id, s.night, 1, s.params, 'pending', s.at, s.at,
    s.ends_at, 0
FROM ({selected}) AS s
{people}
LEFT JOIN reminder_settings AS w ON w.school_id = p.school_id AND w.person_id = p.id
LEFT JOIN reminder_settings AS k ON k.school_id = p.school_id AND k.person_id = s.subject_id
WHERE NOT EXISTS (SELECT FROM reminder_preferences AS r
        WHERE r.school_id = p.school_id AND r.person_id = p.id AND r.code = '{code}' AND NOT r.enabled)
    AND NOT coalesce(w.quiet_from <= s.clock AND s.clock < w.quiet_to, false)
    AND NOT coalesce(w.quiet_from > w.quiet_to AND (s.clock >= w.quiet_from OR s.clock < w.quiet_to), false)
    AND NOT coalesce(w.paused_from <= s.today AND coalesce(w.paused_to >= s.today, true), false)
    AND NOT coalesce(k.paused_from <= s.today AND coalesce(k.paused_to >= s.today, true), false)
    AND {further}
ON CONFLICT DO NOTHING"""

_CONSENT = "JOIN students AS c ON c.school_id = s.school_id AND c.id = s.subject_id AND c.may_write"
_GUARDIANS = f"""
JOIN guardianships AS g ON g.school_id = s.school_id AND g.student_id = s.subject_id AND g.ended_at IS NULL
JOIN people AS p ON p.school_id = g.school_id AND p.id = g.guardian_id AND p.left_at IS NULL
{_CONSENT}"""
_CHILD = f"JOIN people AS p ON p.school_id = s.school_id AND p.id = s.subject_id AND p.left_at IS NULL {_CONSENT}"
_GROWN_UPS = """
JOIN people AS p ON p.school_id = s.school_id AND p.id = s.person_id AND p.left_at IS NULL AND p.kind <> 'student'"""
_INSTANT = "NOT coalesce(w.evening_digest, false)"

_AWAKE = (
    "NOT EXISTS (SELECT FROM sleeps AS b WHERE b.school_id = n.school_id AND b.student_id = n.student_id"
    " AND b.night = n.night AND b.lights_out_at IS NOT NULL)"
)
_BEFORE_BED = (
    "n.changed_at <= coalesce((SELECT b.lights_out_at FROM sleeps AS b WHERE b.school_id = n.school_id"
    " AND b.student_id = n.student_id AND b.night = n.night), n.changed_at)"
)


def _statement(code: str, selected: str, people: str = _GUARDIANS, further: str = "true") -> str:
    return _INSERT.format(code=code, selected=selected, people=people, further=further)


def _sheets(at: dt.datetime, night: dt.date, ends_at: str, params: str, where: str) -> str:
    return (
        f"SELECT n.school_id, n.student_id AS subject_id, n.night, {_now(at)}, {ends_at} AS ends_at, {params} AS params"
        f" FROM night_sheets AS n WHERE n.night = DATE '{night}' AND {where}"
    )


def _now(at: dt.datetime) -> str:
    return f"TIMESTAMPTZ '{at}' AS at, DATE '{at.date()}' AS today, TIME '{at.time()}' AS clock"


def _wind_down() -> tuple[dt.datetime, list[str]]:
    at = local("20:36")
    where = (
        f"n.latest_lights_out_at <= TIMESTAMPTZ '{at}' + interval '45 min'"
        f" AND n.latest_lights_out_at > TIMESTAMPTZ '{at}' AND {_AWAKE}"
    )
    params = "jsonb_build_object('latest_lights_out', to_char(n.latest_lights_out, 'HH24:MI'))"
    return at, [_statement("wind_down", _sheets(at, THURSDAY, "n.latest_lights_out_at", params, where))]


def _bedtime() -> tuple[dt.datetime, list[str]]:
    at = local("21:31")
    where = (
        f"n.latest_lights_out_at <= TIMESTAMPTZ '{at}' - interval '10 min'"
        f" AND n.latest_lights_out_at > TIMESTAMPTZ '{at}' - interval '130 min' AND {_AWAKE}"
    )
    params = "jsonb_build_object('latest_lights_out', to_char(n.latest_lights_out, 'HH24:MI'))"
    ends_at = "n.latest_lights_out_at + interval '130 min'"
    return at, [_statement("bedtime_passed", _sheets(at, THURSDAY, ends_at, params, where))]


def _cap_reached() -> tuple[dt.datetime, list[str]]:
    """Guardians and children; at this hour no child's phone is silent yet, and all are awake since the morning."""
    at, params = local("20:40"), "jsonb_build_object('cap_minutes', n.cap_minutes)"
    midnight = f"TIMESTAMPTZ '{local('00:00', FRIDAY)}'"
    reached = f"n.cap_reached_at <= TIMESTAMPTZ '{at}'"
    noted = f"n.changed_at <= n.latest_lights_out_at AND {_BEFORE_BED}"
    loud = f"n.latest_lights_out_at > TIMESTAMPTZ '{at}' + interval '30 min'"
    until_silence = f"least({midnight}, n.latest_lights_out_at - interval '30 min')"
    of_guardians = _sheets(at, THURSDAY, midnight, params, f"{reached} AND (n.running_written OR ({noted}))")
    timed = f"{reached} AND {loud} AND (n.running_written OR n.cap_reached_by_timer)"
    of_children = _sheets(at, THURSDAY, until_silence, params, timed)
    return at, [_statement("cap_reached", of_guardians), _statement("cap_reached", of_children, _CHILD)]


def _confirm() -> tuple[dt.datetime, list[str]]:
    at, ends_at = local("21:05"), f"TIMESTAMPTZ '{local('06:00', FRIDAY)}'"
    begun, until = (f"TIMESTAMPTZ '{each}'" for each in (local("06:00"), at))
    selected = (
        f"SELECT n.school_id, n.student_id AS subject_id, n.night, {_now(at)}, {ends_at} AS ends_at,"
        " '{}'::jsonb AS params"
        f" FROM night_sheets AS n WHERE n.state = 'submitted' AND n.submitted_at BETWEEN {begun} AND {until}"
    )
    return at, [_statement("confirm_sheet", selected, further=_INSTANT)]


def _sleep_short() -> tuple[dt.datetime, list[str]]:
    at = local("09:00", FRIDAY)
    params = (
        "jsonb_build_object('short_by_minutes', n.sleep_short_by_minutes, 'sleep_minutes', n.sleep_minutes,"
        " 'sleep_target_minutes', n.sleep_target_minutes, 'basis', CASE WHEN n.sleep_is_projected THEN 'projected'"
        " ELSE 'logged' END)"
    )
    ends_at = f"TIMESTAMPTZ '{local('14:00', FRIDAY)}'"
    selected = _sheets(at, THURSDAY, ends_at, params, "n.sleep_short_by_minutes > 30")
    return at, [_statement("sleep_short", selected, further=_INSTANT)]


def _streak() -> tuple[dt.datetime, list[str]]:
    at = local("09:00", FRIDAY)
    nights = [THURSDAY - dt.timedelta(days=back) for back in (0, 1, 2, 3, 4, 7)]
    listed = ", ".join(f"DATE '{night}'" for night in nights)
    last, first = f"DATE '{nights[0]}'", f"DATE '{nights[-1]}'"
    counted = (
        f"SELECT school_id, student_id, bool_or(night = {last}) AS last,"
        f" count(*) FILTER (WHERE night > {first}) AS missed, count(*) FILTER (WHERE night < {last}) AS before"
        f" FROM night_sheets WHERE night IN ({listed})"
        " AND (capped_minutes > cap_minutes OR sleep_short_by_minutes > 0) GROUP BY school_id, student_id"
    )
    selected = (
        f"SELECT n.school_id, n.student_id AS subject_id, DATE '{THURSDAY}' AS night, {_now(at)},"
        f" TIMESTAMPTZ '{local('14:00', FRIDAY)}' AS ends_at,"
        f" jsonb_build_object('missed_nights', n.missed, 'of_nights', 5) AS params"
        f" FROM ({counted}) AS n WHERE n.last AND n.missed >= 3 AND n.before < 3"
    )
    return at, [_statement("streak", selected, further=_INSTANT)]


# A class's cap: the nearest policy above the child, else the preset of grade 3.
_CAP = (
    "coalesce((SELECT (q.value ->> 'value')::int FROM policies AS q JOIN schools AS o ON o.id = c.school_id"
    " WHERE q.field = 'cap_minutes' AND q.effective_on <= v.since AND q.student_id IS NULL"
    " AND (q.school_id = o.id OR q.district_id = o.district_id) AND (q.stage IS NULL OR q.stage = c.stage)"
    " AND (q.grade IS NULL OR q.grade = c.grade) AND (q.class_id IS NULL OR q.class_id = c.id)"
    " ORDER BY q.class_id IS NULL, q.grade IS NULL, q.school_id IS NULL, q.effective_on DESC LIMIT 1), 60)"
)


def _over(stretches: list[tuple[dt.date, dt.date]]) -> str:
    """``school_id, class_id, name`` of classes over their cap in stretches of ``(first night, day after)``."""
    listed = ", ".join(f"(DATE '{since}', DATE '{day}')" for since, day in stretches)
    first, last = stretches[0][0], stretches[-1][1]
    averages = (
        "SELECT n.school_id, n.class_id, t.since, t.day, count(DISTINCT n.student_id) AS students,"
        f" sum(n.capped_minutes) AS minutes FROM (VALUES {listed}) AS t (since, day)"
        f" JOIN night_sheets AS n ON n.night >= t.since AND n.night < t.day AND n.night >= DATE '{first}'"
        f" AND n.night < DATE '{last}' WHERE n.state <> 'open' GROUP BY n.school_id, n.class_id, t.since, t.day"
    )
    return (
        f"SELECT c.school_id, c.id AS class_id, c.name FROM ({averages}) AS v"
        " JOIN classes AS c ON c.school_id = v.school_id AND c.id = v.class_id"
        f" WHERE v.students >= 5 AND v.minutes > {_CAP} * v.students * (v.day - v.since)"
    )


def _posts(roles: str) -> str:
    concerns = f"((t.role IN ({roles}) AND t.class_id = v.class_id) OR t.role = 'academic_office')"
    stands = f"t.from_on <= DATE '{FRIDAY}' AND (t.to_on IS NULL OR t.to_on >= DATE '{FRIDAY}')"
    return f"JOIN posts AS t ON t.school_id = v.school_id AND {concerns} AND {stands}"


def _to_people(at: dt.datetime, night: dt.date, ends_at: dt.datetime, found: str) -> str:
    return (
        f"SELECT f.school_id, f.person_id, {NOBODY} AS subject_id, DATE '{night}' AS night, {_now(at)},"
        f" TIMESTAMPTZ '{ends_at}' AS ends_at, f.params FROM ({found}) AS f"
    )


def _class_over_cap() -> tuple[dt.datetime, list[str]]:
    at = local("07:30", FRIDAY)
    posts = _posts("'subject_teacher', 'homeroom_teacher'")
    found = (
        "SELECT v.school_id, t.person_id, jsonb_build_object('classes', jsonb_agg(DISTINCT v.name)) AS params"
        f" FROM ({_over([(THURSDAY, FRIDAY)])}) AS v {posts}"
        " GROUP BY v.school_id, t.person_id"
    )
    return at, [_statement("class_over_cap", _to_people(at, THURSDAY, local("09:00", FRIDAY), found), _GROWN_UPS)]


def _weekly() -> tuple[dt.datetime, list[str]]:
    """Guardians by their children's missed nights; staff by classes over the cap and runs."""
    at = local("17:00", FRIDAY)
    days = [FRIDAY - dt.timedelta(days=back) for back in (7, 4, 3, 2, 1, 0)]
    nights = ", ".join(f"DATE '{day - dt.timedelta(days=1)}'" for day in days[1:])
    homeroom = _posts("'homeroom_teacher'")
    missed = "(n.capped_minutes > n.cap_minutes OR n.sleep_short_by_minutes > 0)"
    families = (
        "SELECT g.school_id, g.guardian_id AS person_id, jsonb_build_object("
        "'over_cap_nights', count(*) FILTER (WHERE n.capped_minutes > n.cap_minutes),"
        " 'sleep_short_nights', count(*) FILTER (WHERE n.sleep_short_by_minutes > 0)) AS params"
        " FROM night_sheets AS n JOIN students AS c ON c.school_id = n.school_id AND c.id = n.student_id"
        " AND c.may_write"
        " JOIN guardianships AS g ON g.school_id = n.school_id AND g.student_id = n.student_id AND g.ended_at IS NULL"
        f" WHERE n.night BETWEEN {WEEK} AND {missed} GROUP BY g.school_id, g.guardian_id"
    )
    runs = (
        "SELECT v.school_id, v.class_id, NULL AS name, count(*) AS streaks FROM (SELECT n.school_id, n.class_id,"
        f" n.student_id FROM night_sheets AS n WHERE n.night IN ({nights})"
        f" AND {missed} GROUP BY n.school_id, n.class_id, n.student_id HAVING count(*) >= 3) AS v"
        " GROUP BY v.school_id, v.class_id"
    )
    over = _over(list(pairwise(days)))
    told = (
        f"SELECT DISTINCT v.school_id, t.person_id, v.name, 0 AS streaks FROM ({over}) AS v {homeroom}"
        " UNION ALL SELECT v.school_id, t.person_id, v.name, v.streaks"
        f" FROM ({runs}) AS v JOIN posts AS t ON t.school_id = v.school_id AND t.class_id = v.class_id"
        f" AND t.role = 'homeroom_teacher' AND t.from_on <= DATE '{FRIDAY}'"
        f" AND (t.to_on IS NULL OR t.to_on >= DATE '{FRIDAY}')"
    )
    staff = (
        "SELECT u.school_id, u.person_id, jsonb_build_object('classes', jsonb_agg(u.name), 'streaks', sum(u.streaks))"
        f" AS params FROM ({told}) AS u GROUP BY u.school_id, u.person_id"
    )
    selected = _to_people(at, FRIDAY, local("20:00", FRIDAY), f"{families} UNION ALL {staff}")
    return at, [_statement("weekly_digest", selected, _GROWN_UPS, _INSTANT)]


BY_HAND = {
    "cap_reached": _cap_reached(),
    "wind_down": _wind_down(),
    "confirm_sheet": _confirm(),
    "bedtime_passed": _bedtime(),
    "class_over_cap": _class_over_cap(),
    "sleep_short": _sleep_short(),
    "streak": _streak(),
    "weekly_digest": _weekly(),
}
"""By code: the instant, and the statements that put in what is due then."""
