"""In what order a new school's reminders try their ways out, before the school has said anything (PRODUCT §4).

Which channels exist and what each needs is not here, nor what a school changes afterwards.
"""

from __future__ import annotations

#: Mainland China's zone with its other names, and the one that is kept for Xinjiang.
MAINLAND_ZONES = frozenset(
    {"Asia/Shanghai", "Asia/Chongqing", "Asia/Chungking", "Asia/Harbin", "Asia/Urumqi", "Asia/Kashgar", "PRC"}
)
#: Neither Firebase nor Web Push: their servers stand abroad. A school turns them on itself, once its consent text names
#: who receives what in which country.
MAINLAND_ORDER = ("wecom", "sms", "email", "inbox")


def preset_order(zone: str) -> tuple[str, ...]:
    """A new school's own order; empty, which is the installation's, outside of mainland China."""
    return MAINLAND_ORDER if zone in MAINLAND_ZONES else ()
