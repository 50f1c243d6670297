"""What an assignment of a class really took beside its estimate, a report a tier that was used (rule 5)."""

import datetime as dt
import uuid
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from backend.domain import estimates
from backend.domain.estimates import Estimate, EstimateReport
from backend.domain.load import Outcome, Tier
from backend.services.planning.estimate_offers import by_work

#: ``(assignment, student, tier, minutes, outcome, estimate in force)`` of one entry.
Work = tuple[uuid.UUID, uuid.UUID, Tier | None, int, Outcome, int | None]


def reports_by_tier(work: Sequence[Work]) -> dict[Tier, tuple[EstimateReport, int | None]]:
    """Each used tier's report and the estimate that it is held against, in the order of the tiers."""
    by_tier: dict[Tier, list[Work]] = defaultdict(list)
    for row in work:
        by_tier[row[2] or Tier.standard].append(row)
    return {tier: _report(tier, by_tier[tier]) for tier in Tier if tier in by_tier}


def actual_document(work: Sequence[Work]) -> list[dict[str, Any]]:
    """The same as the board answers it."""
    return [
        {
            "tier": tier.value,
            "n": report.n,
            "n_censored": report.n_censored,
            "median_minutes": report.median,
            "p10_minutes": report.p10,
            "p90_minutes": report.p90,
            "ratio": report.ratio,
        }
        for tier, (report, _) in reports_by_tier(work).items()
    ]


def _report(tier: Tier, rows: Sequence[Work]) -> tuple[EstimateReport, int | None]:
    seen = by_work((row[0], row[1], dt.date.min, row[3], row[4]) for row in rows)
    estimate = _estimate_in_force(tier, rows)
    return estimates.compare(seen, estimate), estimate.upper_minutes if estimate else None


def _estimate_in_force(tier: Tier, rows: Sequence[Work]) -> Estimate | None:
    """The estimate under which most of the work began: the latest of equals."""
    counts = Counter(row[5] for row in rows if row[5] is not None)
    if not counts:
        return None
    minutes = max(counts, key=lambda each: (counts[each], each))
    return Estimate(tier, minutes)
