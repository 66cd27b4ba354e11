"""Time as a plan writes it: `parse_moment`, `parse_window`, what they give, and what they resolve to.

The parts: `moments` and `windows` (values and their meaning), `timetext` (reading), `timemath` (arithmetic on instants).
"""

from __future__ import annotations

from campaignflow.plan.moments import Happening, Moment, Named, OnCalendar, Pending, Stretch, TimeContext
from campaignflow.plan.timemath import (
    add,
    add_us,
    clock_change,
    day_bounds_us,
    day_start,
    days_between,
    from_us,
    hours_between,
    local_day,
    resolve_local,
    shift_date,
    to_us,
    workdays_between,
)
from campaignflow.plan.timetext import RESERVED_DATE_NAMES, parse_moment, parse_window
from campaignflow.plan.windows import Span, Window

__all__ = [
    "RESERVED_DATE_NAMES",
    "Happening",
    "Moment",
    "Named",
    "OnCalendar",
    "Pending",
    "Span",
    "Stretch",
    "TimeContext",
    "Window",
    "add",
    "add_us",
    "clock_change",
    "day_bounds_us",
    "day_start",
    "days_between",
    "from_us",
    "hours_between",
    "local_day",
    "parse_moment",
    "parse_window",
    "resolve_local",
    "shift_date",
    "to_us",
    "workdays_between",
]
