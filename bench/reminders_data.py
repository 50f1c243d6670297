"""A county for `bench.reminders`: schools of 1,000 with guardians, wishes and eight nights, made by a few statements.

Deterministic: every figure follows from a row's number; every fifth class is over its cap. The
evening of the last night is Thursday 19 November 2026; earlier nights are over and confirmed.
"""

# ruff: noqa: S608 - statements made of constants of ours

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import sqlalchemy as sa

ZONE = ZoneInfo("Asia/Shanghai")
THURSDAY = dt.date(2026, 11, 19)
PER_SCHOOL = 1000


def local(clock: str, day: dt.date = THURSDAY) -> dt.datetime:
    """An instant of Shanghai's clock."""
    return dt.datetime.combine(day, dt.time.fromisoformat(clock), ZONE)


# Names of the rows: md5 of a word and a number is a uuid everybody can compute again.
_ID = "md5('{}' || {})::uuid"
SCHOOL, CLASS, CHILD, MOTHER, TEACHER, OFFICE = (
    _ID.format(word, number)
    for word, number in (
        ("school", "(n / 1000)"),
        ("class", "(n / 40)"),
        ("child", "n"),
        ("mother", "n"),
        ("teacher", "(n / 40)"),
        ("office", "(n / 1000)"),
    )
)

_EVERY = "FROM generate_series(0, :students - 1) AS n"
_SCHOOLS = "FROM generate_series(0, :students - 1, 1000) AS n"
_CLASSES = "FROM generate_series(0, :students - 1, 40) AS n"
_PERSON = "INSERT INTO people (school_id, id, kind, name, name_key, locale, created_at)"
_SHEETS = f"""
INSERT INTO night_sheets (school_id, student_id, night, class_id, version, change_counter, state, opened_at,
    submitted_at, is_late, is_amended, changed_at, cap_minutes, cap_scope, sleep_target_minutes, latest_lights_out,
    latest_lights_out_at, capped_minutes, written_minutes, assigned_minutes, study_minutes, school_minutes, unclosed,
    entry_count, running_written, cap_near_at, cap_reached_at, cap_reached_by_timer, sleep_minutes, sleep_is_projected,
    sleep_short_by_minutes)
SELECT {SCHOOL}, {CHILD}, night, {CLASS}, 1, night - DATE '2026-01-01',
    CASE WHEN night < :tonight THEN 'confirmed' WHEN n % 3 = 0 THEN 'submitted' ELSE 'open' END,
    at - interval '3 hours', CASE WHEN night < :tonight OR n % 3 = 0 THEN at - (n % 90) * interval '1 minute' END,
    false, false, at - (n % 90) * interval '1 minute', 60, 'all', 600, TIME '21:20', at + interval '20 minutes',
    used, used, used, used, 0, 0, 2, night = :tonight AND n % 5 = 1,
    CASE WHEN used >= 48 THEN at - interval '90 minutes' + (used - 48) * interval '1 minute' END,
    CASE WHEN used > 60 THEN at - interval '70 minutes' + (n % 60) * interval '1 minute' END, used > 60,
    CASE WHEN night < :tonight OR n % 2 = 0 THEN slept END, night = :tonight,
    CASE WHEN night < :tonight OR n % 2 = 0 THEN greatest(0, 600 - slept) END
FROM (
    SELECT n, night, 20 + (n * 7 + (night - DATE '2026-01-01') * 13) % 55 + (n / 40 % 5 = 0)::int * 20 AS used,
        640 - (n * 11 + (night - DATE '2026-01-01') * 17) % 130 AS slept,
        night + TIME '13:00' AT TIME ZONE 'UTC' AS at
    FROM generate_series(0, :students - 1) AS n, LATERAL (
        SELECT :tonight - back AS night FROM generate_series(0, 8) AS back WHERE (n + back) % 5 > 0
    ) AS nights
) AS every_night"""

STATEMENTS = (
    f"INSERT INTO schools (id, slug, name, zone, system, locale, created_at, hide_titles, over_cap_mode,"
    f" sleep_short_tolerance_minutes, channels, is_demonstration) SELECT {SCHOOL}, 's' || n, 's', 'Asia/Shanghai',"
    f" 'six-three', 'zh-CN', now(), false, 'reason', 30, '[]', false {_SCHOOLS}",
    f"INSERT INTO school_days (school_id, day, is_school_day, timetable_weekday, status, note) SELECT {SCHOOL}, day,"
    f" extract(isodow FROM day) < 6, CASE WHEN extract(isodow FROM day) < 6 THEN extract(isodow FROM day) END,"
    f" 'announced', '' {_SCHOOLS}, LATERAL (SELECT :tonight + d AS day FROM generate_series(-90, 30) AS d) AS days",
    f"INSERT INTO classes (school_id, id, school_year, stage, grade, number, name, change_counter)"
    f" SELECT {SCHOOL}, {CLASS}, 2026, 'primary', 3, n / 40, n / 40, 0 {_CLASSES}",
    f"{_PERSON} SELECT {SCHOOL}, {CHILD}, 'student', n, n, 'zh-CN', now() {_EVERY}",
    f"{_PERSON} SELECT {SCHOOL}, {MOTHER}, 'guardian', n, n, 'zh-CN', now() {_EVERY}",
    f"{_PERSON} SELECT {SCHOOL}, {TEACHER}, 'staff', n, n, 'zh-CN', now() {_CLASSES}",
    f"{_PERSON} SELECT {SCHOOL}, {OFFICE}, 'staff', n, n, 'zh-CN', now() {_SCHOOLS}",
    f"INSERT INTO students (school_id, id, boards, change_counter, may_write)"
    f" SELECT {SCHOOL}, {CHILD}, false, 0, n % 50 > 0 {_EVERY}",
    f"INSERT INTO enrolments (school_id, id, student_id, class_id, from_on)"
    f" SELECT {SCHOOL}, {CHILD}, {CHILD}, {CLASS}, DATE '2026-09-01' {_EVERY}",
    f"INSERT INTO guardianships (school_id, guardian_id, student_id, relation, since_at)"
    f" SELECT {SCHOOL}, {MOTHER}, {CHILD}, '', now() {_EVERY}",
    f"INSERT INTO posts (school_id, id, person_id, role, class_id, subject, weekdays, from_on) SELECT {SCHOOL},"
    f" md5(role || n)::uuid, {TEACHER}, role, {CLASS}, subject, '[1, 2, 3, 4, 5]', DATE '2026-09-01' {_CLASSES},"
    f" (VALUES ('homeroom_teacher', NULL), ('subject_teacher', 'maths')) AS roles (role, subject)",
    f"INSERT INTO posts (school_id, id, person_id, role, weekdays, from_on) SELECT {SCHOOL}, {OFFICE}, {OFFICE},"
    f" 'academic_office', '[1, 2, 3, 4, 5]', DATE '2026-09-01' {_SCHOOLS}",
    f"INSERT INTO reminder_preferences (school_id, person_id, code, enabled, chosen_time, set_by)"
    f" SELECT {SCHOOL}, {MOTHER}, code, enabled, chosen, {MOTHER} {_EVERY}, LATERAL (VALUES"
    f" (n % 10 = 1, 'wind_down', false, NULL), (n % 20 = 2, 'bedtime_passed', true, NULL),"
    f" (n % 25 = 3, 'start_homework', true, TIME '18:30')) AS wish (has, code, enabled, chosen) WHERE has",
    f"INSERT INTO reminder_settings (school_id, person_id, quiet_from, quiet_to, paused_from, paused_to, shows_names,"
    f" evening_digest) SELECT {SCHOOL}, {MOTHER}, TIME '22:00', TIME '06:30', CASE WHEN n % 100 = 8 THEN :tonight END,"
    f" NULL, false, false {_EVERY} WHERE n % 4 = 0",
    f"INSERT INTO assignments (school_id, id, class_id, subject, title, kind, place, given_on, due_on, state, version,"
    f" change_counter, created_by, created_at, published_at) SELECT {SCHOOL}, md5('work' || n || day)::uuid, {CLASS},"
    f" 'maths', 'p', 'written', 'home', day, day + 1, 'published', 1, 0, {TEACHER}, now(), now() {_CLASSES},"
    f" LATERAL (SELECT :tonight - d AS day FROM generate_series(0, 8) AS d) AS days WHERE (n / 40) % 7 > 0",
    _SHEETS,
    "INSERT INTO sleeps (school_id, student_id, night, lights_out_at, woke_at, source, figures, is_late, version,"
    " revision, revisions, changed_by, changed_at, change_counter)"
    " SELECT school_id, student_id, night, latest_lights_out_at - interval '10 minutes',"
    " latest_lights_out_at + interval '9 hours', 'typed', '{}', false, 1, 1, '{}', student_id, changed_at, 1"
    " FROM night_sheets WHERE night < :tonight OR (state = 'submitted' AND change_counter % 2 = 0)",
)


def fill(engine: sa.Engine, students: int) -> None:
    """Write so many students with everything around them, and let the planner know."""
    with engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")  # no foreign keys: ours are right
        for statement in STATEMENTS:
            connection.execute(sa.text(statement), {"students": students, "tonight": THURSDAY})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")
