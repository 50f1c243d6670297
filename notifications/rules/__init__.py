"""The reminders, one file each, in the order in which a tick runs them. A new one is imported and named here."""

from notifications.rule import Rule
from notifications.rules.bedtime_passed import RULE as BEDTIME_PASSED
from notifications.rules.cap_near import RULE as CAP_NEAR
from notifications.rules.cap_reached import RULE as CAP_REACHED
from notifications.rules.confirm_sheet import RULE as CONFIRM_SHEET
from notifications.rules.sleep_short import RULE as SLEEP_SHORT

#: `cap_reached` before `cap_near`: whoever is past the cap is not told that it is near.
ALL: tuple[Rule, ...] = (CAP_REACHED, CAP_NEAR, BEDTIME_PASSED, CONFIRM_SHEET, SLEEP_SHORT)

REASONS = {rule.code: rule.reasons for rule in ALL}
"""By code, as the outbox service takes them."""
