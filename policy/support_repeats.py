"""What is said of a customer's ticket that comes once more."""

from contracts.triage import TriageRow
from policy.moments import in_utc


def left_alone(row: TriageRow) -> str:
    """Its text may be another one by now: who sends an id once more need not mean that."""
    shown = f"{row.source}:{row.ticket_id}"
    if row.success and row.processed_at is not None:
        return (
            f"{shown} was triaged before, at {in_utc(row.processed_at)}: what came now is not "
            f"looked at. By its text of now: starter.py triage retry {shown} --again"
        )
    return (
        f"{shown} is being triaged, by the text that came first. What became of it: "
        "starter.py triage list"
    )
