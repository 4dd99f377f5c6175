"""The commands under `sla`."""

from collections.abc import Callable

from cli.sla import sla
from cli.sla_calendars import calendar, calendars
from cli.sla_terms import define, definitions, disable

SLA: dict[str, Callable[..., None]] = {
    "show": sla,
    "definitions": definitions,
    "define": define,
    "disable": disable,
    "calendars": calendars,
    "calendar": calendar,
}
