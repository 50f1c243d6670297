"""The reminders, one file each, in the order in which a tick runs them. A new one is imported and named here."""

from notifications.rule import Rule
from notifications.rules.bedtime_passed import RULE as BEDTIME_PASSED
from notifications.rules.cap_near import RULE as CAP_NEAR
from notifications.rules.cap_reached import RULE as CAP_REACHED
from notifications.rules.class_over_cap import RULE as CLASS_OVER_CAP
from notifications.rules.confirm_sheet import RULE as CONFIRM_SHEET
from notifications.rules.evening_digest import RULE as EVENING_DIGEST
from notifications.rules.plan_over_cap import RULE as PLAN_OVER_CAP
from notifications.rules.publish_estimates import RULE as PUBLISH_ESTIMATES
from notifications.rules.sleep_short import RULE as SLEEP_SHORT
from notifications.rules.start_homework import RULE as START_HOMEWORK
from notifications.rules.streak import RULE as STREAK
from notifications.rules.weekly_digest import RULE as WEEKLY_DIGEST
from notifications.rules.wind_down import RULE as WIND_DOWN

#: `cap_reached` before `cap_near`: whoever is past the cap is not told that it is near. What can wait comes last.
ALL: tuple[Rule, ...] = (
    CAP_REACHED,
    CAP_NEAR,
    WIND_DOWN,
    BEDTIME_PASSED,
    START_HOMEWORK,
    CONFIRM_SHEET,
    SLEEP_SHORT,
    PLAN_OVER_CAP,
    PUBLISH_ESTIMATES,
    STREAK,
    CLASS_OVER_CAP,
    WEEKLY_DIGEST,
    EVENING_DIGEST,
)

REASONS = {rule.code: rule.reasons for rule in ALL}
"""By code, as the outbox service takes them."""
