"""The raw SQL that trends are held against: the same figures with exact percentiles, by hand, over covering indexes.

One statement each: no question of who asks, no calendar, nothing withheld, a weekend's nights one by one. A school's
figures come with those of its grades and classes, as ours do. ``SETUP`` makes the indexes that serve them best.
"""
# ruff: noqa: S608 - put together from what stands in this file

SETUP = (
    "CREATE INDEX bench_sheets ON night_sheets (school_id, class_id, night, state, capped_minutes, is_amended)",
    "CREATE INDEX bench_entries ON entries "
    "(school_id, class_id, night, subject, actual_minutes, estimated_minutes, outcome, deleted_at)",
)
_CLASSES = "class_id IN (SELECT value FROM json_each(:classes))"
_SHEETS = f"""WITH there AS (SELECT COUNT(*) FROM enrolments
        WHERE school_id = :school AND {_CLASSES} AND to_on IS NULL),
    source AS (SELECT s.class_id, s.night, s.capped_minutes AS m, s.is_amended AS a, c.grade
        FROM night_sheets s JOIN classes c ON c.school_id = s.school_id AND c.id = s.class_id
        WHERE s.school_id = :school AND s.{_CLASSES} AND s.night BETWEEN :first AND :last AND s.state <> 'open')"""
_ENTRIES = f"""WITH source AS (SELECT e.class_id, e.subject, e.actual_minutes AS m, e.estimated_minutes AS e, c.grade
        FROM entries e JOIN classes c ON c.school_id = e.school_id AND c.id = e.class_id
        WHERE e.school_id = :school AND e.{_CLASSES} AND e.night BETWEEN :first AND :last
        AND e.deleted_at IS NULL AND e.outcome = 'finished')"""
_OF_SHEETS = "SUM(m <= 60), SUM(a), (SELECT * FROM there)"
_OF_ENTRIES = "MIN(CASE WHEN r >= 0.1 * (n - 1) + 1 THEN m END), AVG(e), AVG(1.0 * m / e)"


def _sqlite(of: str, *groups: str) -> str:
    """Mean, median, 90th percentile and what else belongs to it, by each of some columns' values together."""
    source = _SHEETS if of is _OF_SHEETS else _ENTRIES
    return source + " UNION ALL ".join(
        f"""SELECT {group}, n, AVG(m), {of}, AVG(CASE WHEN r IN ((n + 1) / 2, (n + 2) / 2) THEN m END),
            MAX(CASE WHEN r <= 0.9 * (n - 1) + 1 THEN m END)
            FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY {by} ORDER BY m) AS r,
                  COUNT(*) OVER (PARTITION BY {by}) AS n FROM source) GROUP BY {by}"""
        for group in groups
        if (by := group.replace(", NULL", "").replace("NULL, ", "") or "NULL")
    )


_PG_SHEETS = """COUNT(*), AVG(s.capped_minutes), COUNT(*) FILTER (WHERE s.capped_minutes <= 60),
    COUNT(*) FILTER (WHERE s.is_amended), percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY s.capped_minutes),
    (SELECT COUNT(*) FROM enrolments WHERE school_id = :school AND class_id = ANY(:classes) AND to_on IS NULL)
    FROM night_sheets s JOIN classes c ON c.school_id = s.school_id AND c.id = s.class_id
    WHERE s.school_id = :school AND s.class_id = ANY(:classes) AND s.night BETWEEN :first AND :last
    AND s.state <> 'open' GROUP BY"""
_PG_ENTRIES = """COUNT(*), AVG(e.actual_minutes), AVG(e.estimated_minutes),
    percentile_cont(ARRAY[0.1, 0.5, 0.9]) WITHIN GROUP (ORDER BY e.actual_minutes),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY e.actual_minutes::float / NULLIF(e.estimated_minutes, 0))
    FROM entries e JOIN classes c ON c.school_id = e.school_id AND c.id = e.class_id
    WHERE e.school_id = :school AND e.class_id = ANY(:classes) AND e.night BETWEEN :first AND :last
    AND e.deleted_at IS NULL AND e.outcome = 'finished' GROUP BY"""
_PG_PLACES = "GROUPING SETS (({0}), ({0}, c.grade), ({0}, s.class_id))"

#: By database and by what is asked for. A school's rows by week are of one week.
BY_HAND: dict[str, dict[str, str]] = {
    "sqlite": {
        "class by day": _sqlite(_OF_SHEETS, "night, NULL, NULL"),
        "class by subject": _sqlite(_OF_ENTRIES, "subject, NULL, NULL"),
        "school by day": _sqlite(_OF_SHEETS, "night, NULL, NULL", "night, grade, NULL", "night, NULL, class_id"),
        "school by subject": _sqlite(
            _OF_ENTRIES, "subject, NULL, NULL", "subject, grade, NULL", "subject, NULL, class_id"
        ),
        "school by week": _sqlite(_OF_SHEETS, "NULL, NULL, NULL", "NULL, grade, NULL", "NULL, NULL, class_id"),
    },
    "postgresql": {
        "class by day": f"SELECT s.night, {_PG_SHEETS} s.night",
        "class by subject": f"SELECT e.subject, {_PG_ENTRIES} e.subject",
        "school by day": f"SELECT s.night, c.grade, s.class_id, {_PG_SHEETS} {_PG_PLACES.format('s.night')}",
        "school by subject": f"SELECT e.subject, c.grade, e.class_id, {_PG_ENTRIES} "
        + _PG_PLACES.format("e.subject").replace("s.class", "e.class"),
        "school by week": f"SELECT c.grade, s.class_id, {_PG_SHEETS} GROUPING SETS ((), (c.grade), (s.class_id))",
    },
}
