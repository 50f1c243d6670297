"""Four reminders as somebody would write them who knows the zone, the hour and one code: what `bench.reminders` beats.

The conditions are those of docs/reminders.md, wishes and consent included; what the product does besides is serve every
zone, every school's own times and both databases from one statement.
"""

from __future__ import annotations

import datetime as dt

from bench.reminders_data import THURSDAY, local

FRIDAY = THURSDAY + dt.timedelta(days=1)

INSERT = """
INSERT INTO outbox (id, school_id, code, recipient_id, subject_id, night, occasion, params, state, created_at, due_at,
    expires_at, attempts)
SELECT gen_random_uuid(), s.school_id, '{code}', p.id, s.student_id, s.night, 1, s.params, 'pending', s.at, s.at,
    s.ends_at, 0
FROM ({selected}) AS s
JOIN guardianships AS g ON g.school_id = s.school_id AND g.student_id = s.student_id AND g.ended_at IS NULL
JOIN people AS p ON p.school_id = g.school_id AND p.id = g.guardian_id AND p.left_at IS NULL
JOIN students AS c ON c.school_id = s.school_id AND c.id = s.student_id AND c.may_write
LEFT JOIN reminder_settings AS w ON w.school_id = p.school_id AND w.person_id = p.id
LEFT JOIN reminder_settings AS k ON k.school_id = p.school_id AND k.person_id = s.student_id
WHERE NOT EXISTS (SELECT FROM reminder_preferences AS r
        WHERE r.school_id = p.school_id AND r.person_id = p.id AND r.code = '{code}' AND NOT r.enabled)
    AND NOT coalesce(w.quiet_from <= s.clock AND s.clock < w.quiet_to, false)
    AND NOT coalesce(w.quiet_from > w.quiet_to AND (s.clock >= w.quiet_from OR s.clock < w.quiet_to), false)
    AND NOT coalesce(w.paused_from <= s.today AND coalesce(w.paused_to >= s.today, true), false)
    AND NOT coalesce(k.paused_from <= s.today AND coalesce(k.paused_to >= s.today, true), false)
ON CONFLICT DO NOTHING"""

_AWAKE = (
    "NOT EXISTS (SELECT FROM sleeps AS b WHERE b.school_id = n.school_id AND b.student_id = n.student_id"
    " AND b.night = n.night AND b.lights_out_at IS NOT NULL)"
)


def _sheets(at: dt.datetime, night: dt.date, ends_at: str, params: str, where: str) -> str:
    today, clock = at.date(), at.time()
    # Only constants of ours: a benchmark of SQL is written in SQL.
    return (
        f"SELECT n.school_id, n.student_id, n.night, TIMESTAMPTZ '{at}' AS at, DATE '{today}' AS today,"  # noqa: S608
        f" TIME '{clock}' AS clock, {ends_at} AS ends_at, {params} AS params"
        f" FROM night_sheets AS n WHERE n.night = DATE '{night}' AND {where}"
    )


def _wind_down() -> tuple[dt.datetime, str]:
    at = local("20:36")
    where = (
        f"n.latest_lights_out_at <= TIMESTAMPTZ '{at}' + interval '45 min'"
        f" AND n.latest_lights_out_at > TIMESTAMPTZ '{at}' AND {_AWAKE}"
    )
    params = "jsonb_build_object('latest_lights_out', to_char(n.latest_lights_out, 'HH24:MI'))"
    return at, _sheets(at, THURSDAY, "n.latest_lights_out_at", params, where)


def _bedtime() -> tuple[dt.datetime, str]:
    at = local("21:31")
    where = (
        f"n.latest_lights_out_at <= TIMESTAMPTZ '{at}' - interval '10 min'"
        f" AND n.latest_lights_out_at > TIMESTAMPTZ '{at}' - interval '130 min' AND {_AWAKE}"
    )
    params = "jsonb_build_object('latest_lights_out', to_char(n.latest_lights_out, 'HH24:MI'))"
    return at, _sheets(at, THURSDAY, "n.latest_lights_out_at + interval '130 min'", params, where)


def _sleep_short() -> tuple[dt.datetime, str]:
    at = local("09:00", FRIDAY)
    params = (
        "jsonb_build_object('short_by_minutes', n.sleep_short_by_minutes, 'sleep_minutes', n.sleep_minutes,"
        " 'sleep_target_minutes', n.sleep_target_minutes, 'basis', CASE WHEN n.sleep_is_projected THEN 'projected'"
        " ELSE 'logged' END)"
    )
    ends_at = f"TIMESTAMPTZ '{local('14:00', FRIDAY)}'"
    return at, _sheets(at, THURSDAY, ends_at, params, "n.sleep_short_by_minutes > 30")


def _streak() -> tuple[dt.datetime, str]:
    at = local("09:00", FRIDAY)
    nights = [THURSDAY - dt.timedelta(days=back) for back in (0, 1, 2, 3, 4, 7)]
    listed = ", ".join(f"DATE '{night}'" for night in nights)
    last, first = f"DATE '{nights[0]}'", f"DATE '{nights[-1]}'"
    counted = (
        f"SELECT school_id, student_id, bool_or(night = {last}) AS last,"  # noqa: S608
        f" count(*) FILTER (WHERE night > {first}) AS missed, count(*) FILTER (WHERE night < {last}) AS before"
        f" FROM night_sheets WHERE night IN ({listed})"
        " AND (capped_minutes > cap_minutes OR sleep_short_by_minutes > 0) GROUP BY school_id, student_id"
    )
    return at, (
        f"SELECT n.school_id, n.student_id, DATE '{THURSDAY}' AS night, TIMESTAMPTZ '{at}' AS at,"  # noqa: S608
        f" DATE '{FRIDAY}' AS today, TIME '09:00' AS clock, TIMESTAMPTZ '{local('14:00', FRIDAY)}' AS ends_at,"
        f" jsonb_build_object('missed_nights', n.missed, 'of_nights', 5) AS params"
        f" FROM ({counted}) AS n WHERE n.last AND n.missed >= 3 AND n.before < 3"
    )


BY_HAND = {
    "wind_down": _wind_down(),
    "bedtime_passed": _bedtime(),
    "sleep_short": _sleep_short(),
    "streak": _streak(),
}
"""By code: the instant, and the reasons at that instant for ``INSERT``."""
