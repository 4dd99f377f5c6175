"""The comment that a ticket gets when work on it has ended."""

from contracts.conclusions import Conclusion
from contracts.text import clipped

SHOWN_COMMIT = 10


def conclusion_text(conclusion: Conclusion) -> str:
    """A few lines for whoever reads the ticket and knows nothing of phases."""
    ended = f"Slipway: {conclusion.status.lower()} (attempt {conclusion.attempt})"
    lines = [f"{ended}: {clipped(conclusion.why)}" if conclusion.why else f"{ended}."]
    if conclusion.commit:
        commit = conclusion.commit[:SHOWN_COMMIT]
        lines.append(f"The work stands on branch {conclusion.branch} at {commit}.")
    if conclusion.tests:
        lines.append(f"Tests: {conclusion.tests}.")
    return "\n".join(lines)
