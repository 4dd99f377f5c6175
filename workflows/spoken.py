"""What people said to a run, without what looks like a secret."""

from typing import TypeVar

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from contracts.agents import Answer
    from contracts.approvals import Decision
    from contracts.budgets import RaiseBudget
    from contracts.delegations import Delegation
    from contracts.jira_work import Cancellation, Guidance, Pause, SkipPhase
    from contracts.sla import Acknowledgement
    from policy.redaction import Redaction

M = TypeVar(
    "M",
    Answer,
    Decision,
    RaiseBudget,
    Delegation,
    Guidance,
    Pause,
    SkipPhase,
    Acknowledgement,
    Cancellation,
)
# A workflow knows no secrets; by their looks it finds them as well as anybody.
LOOKS = Redaction(())
PATCH = "spoken-secrets"


def clean(said: M) -> M:
    """Senders of ours take secrets out by themselves, before they sign: in what they say nothing
    is left to change. The Web UI sends what was typed, and anybody may write something for a
    signature: it is cleaned like all else, and a signature that was genuine is so no longer. The
    patch is asked for only where it changes something: so a release with more patterns replays
    what had none as it was recorded."""
    cleaned = LOOKS.model(said)
    return cleaned if cleaned is not said and workflow.patched(PATCH) else said
