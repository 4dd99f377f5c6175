"""Whose answers to agents' questions count."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.approvals import ApprovalActivities
    from contracts.agents import Answer
    from contracts.approvals import AnswerQuestion
    from contracts.gates import AskedBy
    from workflows import options
    from workflows.failures import failed


async def demand_answerer(asked: AskedBy, answer: Answer) -> None:
    """Raises the refusal as an ApplicationError whose type is the Refusal; it is audited."""
    question = AnswerQuestion(
        organization=asked.organization,
        orchestration_id=asked.orchestration_id,
        issue_key=asked.issue_key,
        by=answer.by,
        text=answer.text,
    )
    authority = await workflow.execute_activity_method(
        ApprovalActivities.authorise_answer,
        question,
        **options.database(f"may {answer.by} answer?"),
    )
    if authority.refusal is not None:
        raise failed(authority.refusal, authority.reason)


def update_id() -> str:
    """Of the update that is being heard."""
    info = workflow.current_update_info()
    assert info is not None
    return info.id
