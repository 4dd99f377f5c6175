"""Groups of commands that are a command themselves: `sla PROJ-1` beside `sla calendars`."""

from collections.abc import Sequence

from cli.catalogue import Catalogue, Group


def spelled_out(arguments: Sequence[str], catalogue: Catalogue) -> list[str]:
    """What names none of such a group's commands is meant for the one that shows."""
    group = catalogue.get(arguments[0]) if arguments else None
    if not isinstance(group, Group) or group.shows is None:
        return list(arguments)
    name, *rest = arguments
    if rest and (rest[0] in group.commands or rest[0] == "--help"):
        return list(arguments)
    return [name, group.shows, *rest]
