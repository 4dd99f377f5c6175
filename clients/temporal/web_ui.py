"""What Temporal's Web UI shows of a ticket's run from its start."""

from contracts.jira_work import WorkOrder
from policy.markdown import escaped


def summary(order: WorkOrder, title: str) -> str:
    dry = "dry run · " if order.options.dry_run else ""
    return f"{order.issue_key} · {dry}{escaped(title)}"


def details(order: WorkOrder) -> str:
    named = f"`{order.playbook}`" if order.playbook else "chosen when the work is opened"
    head = f"**{order.issue_key}** for {escaped(order.requested_by)}\n\n- playbook {named}\n"
    if order.options.dry_run:
        return f"{head}- dry run: its result is a plan, and nobody works"
    return (
        f"{head}- tell it: updates `decide`, `answer`, `pause`, `resume`, `skip_phase`, "
        "`raise_budget`, signal `guide`"
    )
