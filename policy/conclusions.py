"""The comment that a ticket gets when work on it has ended."""

from contracts.conclusions import Conclusion, Whereabouts
from contracts.text import clipped

SHOWN_COMMIT = 10
UNSEEN = "Whether anybody has moved the branch since could not be looked up."


def conclusion_text(conclusion: Conclusion, found: Whereabouts | None) -> str:
    """A few lines for whoever reads the ticket and knows nothing of phases. `found` is None where
    nobody has looked."""
    ended = f"Slipway: {conclusion.status.lower()} (attempt {conclusion.attempt})"
    lines = [f"{ended}: {clipped(conclusion.why)}" if conclusion.why else f"{ended}."]
    if conclusion.commit:
        commit = conclusion.commit[:SHOWN_COMMIT]
        lines.append(f"The work stands on branch {conclusion.branch} at {commit}.")
        if found is not None:
            lines += [strayed(conclusion.commit, found) if found.seen else UNSEEN]
    if conclusion.tests:
        lines.append(f"Tests: {conclusion.tests}.")
    return "\n".join(filter(None, lines))


def strayed(commit: str, found: Whereabouts) -> str:
    """What it means that the branch is not at the work's commit; empty where it is, or was not
    seen."""
    if not found.seen or found.tip == commit:
        return ""
    if found.tip is None:
        return (
            "But there is no such branch in the repository: nothing was committed, or somebody "
            "has deleted it."
        )
    ours, tip = commit[:SHOWN_COMMIT], found.tip[:SHOWN_COMMIT]
    return (
        f"But in the repository the branch is at {tip}: somebody has pushed to it since, or moved "
        f"it. Tests and approvals are of {ours} and say nothing of the rest; look at that before "
        f"you merge: git diff {ours} {tip}"
    )
