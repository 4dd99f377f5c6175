"""How a ticket reads now, beside how it read when it was frozen for those who work it."""

from collections.abc import Iterator
from difflib import unified_diff
from itertools import islice

from contracts.issues import Ticket, TicketEdit

TEXTS = ("description", "acceptance_criteria")
# Of long texts without anything in common a comparison takes seconds.
MOST_COMPARED = 400


def edits(frozen: Ticket, now: Ticket) -> tuple[TicketEdit, ...]:
    """Field by field: all that the hash is of by which a gate knows that a ticket was changed.
    Both must have been redacted alike."""
    found = ((name, _said(frozen, name), _said(now, name)) for name in Ticket.model_fields)
    return tuple(
        TicketEdit(field=name, before=before, after=after)
        for name, before, after in found
        if before != after
    )


def words_of(edit: TicketEdit) -> str:
    """Of a text only its name, which is called edited in lines of their own."""
    name = edit.field.replace("_", " ")
    if edit.field in TEXTS:
        return f"{name}:"
    before, after = (f"“{one}”" if one else "nothing" for one in (edit.before, edit.after))
    return f"{name}: {before} is now {after}"


def lines_of(edit: TicketEdit) -> Iterator[str]:
    """Of a text, what went with a `-` before it, and what came with a `+`. Nothing else."""
    if edit.field not in TEXTS:
        return
    before, after = edit.before.splitlines(), edit.after.splitlines()
    if max(len(before), len(after)) > MOST_COMPARED:
        yield "it is too long to be compared here"
        return
    # The first two name the files, which have no names.
    lines = islice(unified_diff(before, after, n=0, lineterm=""), 2, None)
    changed = [line for line in lines if not line.startswith("@@")]
    yield from changed or ["only its ends of lines"]


def _said(ticket: Ticket, name: str) -> str:
    value = getattr(ticket, name)
    if value is None:
        return ""
    return ", ".join(value) if isinstance(value, tuple) else str(value)
