"""What earlier tickets tell about this one, in sentences for people and for language models."""

from collections.abc import Iterator

from contracts.agents import Brief, SimilarTicket
from contracts.text import clipped
from policy.patterns import whereabouts

LONGEST_REASON = 200
LONGEST = 500  # As much as is kept of a finding, see policy/reports.py.


def told_of_past(brief: Brief) -> Iterator[str]:
    precedent = brief.precedent
    if precedent is not None:
        tickets = "ticket" if precedent.worked == 1 else "tickets"
        yield (
            f"Of {precedent.worked} finished {tickets} of this kind "
            f"({clipped(precedent.kind, 300)}), {precedent.succeeded} succeeded."
        )
    yield from (told(ticket) for ticket in brief.similar)


def told(past: SimilarTicket) -> str:
    """One ticket, with where its changes were: that is where to look first."""
    near = f" ({past.because})" if past.because else ""
    parts = [f"{past.issue_key} was like it{near} and {_ended(past)}."]
    if past.paths:
        parts.append(f"Its changes were {whereabouts(past.paths, '`{}`')}.")
    if past.summary:
        parts.append(past.summary)
    return clipped(" ".join(parts), LONGEST)


def _ended(past: SimilarTicket) -> str:
    after = _after(past.rework)
    if past.cancelled is None:
        return f"{'succeeded' if past.success else 'did not succeed'}{after}"
    why = clipped(" ".join(past.cancelled.split()).rstrip("."), LONGEST_REASON)
    return f"was cancelled{after}{f': {why}' if why else ''}"


def _after(rounds: int) -> str:
    if rounds == 0:
        return ""
    return f" after {rounds} round{'' if rounds == 1 else 's'} of repair"
