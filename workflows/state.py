"""How a run stands, for whoever asks the workflow itself."""

from contracts.jira_work import WorkOrder
from contracts.orchestrations import OrchestrationStatus
from contracts.stories import WorkState
from policy.story_order import in_playbook_order
from workflows.progress import Progress


def state_of(progress: Progress, order: WorkOrder, last_sequence: int) -> WorkState:
    opening = progress.opened.opening if progress.opened else None
    rests = progress.status is OrchestrationStatus.PAUSED
    committed = opening is not None and progress.commit != opening.base_commit
    return WorkState(
        orchestration_id=opening.orchestration_id if opening else None,
        issue_key=order.issue_key,
        attempt=opening.attempt if opening else None,
        status=progress.status,
        phase=progress.step.phase if progress.step else None,
        branch=progress.branch or None,
        commit=progress.commit if committed else None,
        awaited=progress.told.awaited() if rests else progress.awaited,
        phases=tuple(in_playbook_order(progress.told.phases)),
        tokens=progress.tokens,
        cost=progress.cost,
        last_sequence=last_sequence,
        guidance_waiting=len(progress.guidance),
        pause=progress.rest,
        requested_by=order.requested_by,
        started_at=progress.started_at,
        **progress.told.told(),
    )
