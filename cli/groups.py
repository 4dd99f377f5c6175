"""Groups of commands that are a command themselves: `sla PROJ-1` beside `sla calendars`."""

from collections.abc import Callable, Mapping, Sequence

SHOW = "show"
Commands = Mapping[str, Callable[..., None]]


def spelled_out(
    arguments: Sequence[str], groups: Mapping[str, tuple[str, Commands]]
) -> Sequence[str]:
    """What names none of the group's commands is meant for its `show`."""
    if not arguments or arguments[0] not in groups:
        return arguments
    group, *rest = arguments
    if rest and (rest[0] in groups[group][1] or rest[0] == "--help"):
        return arguments
    return [group, SHOW, *rest]
