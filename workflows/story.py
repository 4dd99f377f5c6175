"""What the Temporal Web UI shows of a run: details as Markdown, search attributes."""

from collections.abc import Iterable

from temporalio import workflow
from temporalio.common import SearchAttributeKey

with workflow.unsafe.imports_passed_through():
    from contracts import search_attributes
    from contracts.jira_work import PhaseProgress
    from contracts.orchestrations import OrchestrationStatus
    from contracts.phases import PhaseStatus, Shortfall
    from policy.markdown import escaped
    from policy.sla_clocks import details, due
    from policy.story_order import in_playbook_order
    from workflows.progress import Progress

PHASE = SearchAttributeKey.for_keyword(search_attributes.PHASE)
STATUS = SearchAttributeKey.for_keyword(search_attributes.STATUS)
AWAITING = SearchAttributeKey.for_keyword(search_attributes.AWAITING)
SLA_DUE = SearchAttributeKey.for_datetime(search_attributes.SLA_DUE)

GAP = "\N{NO-BREAK SPACE}" * 2
MARKS = {
    PhaseStatus.RUNNING: "▶",
    PhaseStatus.COMPLETED: "✔",
    PhaseStatus.FAILED: "✘",
    PhaseStatus.SKIPPED: "»",
    PhaseStatus.CANCELLED: "■",
    Shortfall.RED: "✘",
    Shortfall.SENT_BACK: "↩",
    Shortfall.REJECTED: "✘",
}
WHOM = 500
RULE = "|---|---|---|---|---|"


def tell(progress: Progress) -> None:
    """Search attributes are only written where they change, since each write is an event in the
    history. What Temporal knows of them goes along when a run continues as new."""
    workflow.set_current_details(details_of(progress))
    wanted = {
        PHASE: str(progress.step.phase) if progress.step else "",
        STATUS: str(progress.status),
        AWAITING: progress.awaited.what if progress.awaited else "",
    }
    known = workflow.info().typed_search_attributes
    changed = [key.value_set(v) for key, v in wanted.items() if known.get(key, "") != v]
    if changed:
        workflow.upsert_search_attributes(changed)
    _tell_due(progress)


def _tell_due(progress: Progress) -> None:
    nearest = due(progress.sla)
    at = nearest.at if nearest else None
    if at != workflow.info().typed_search_attributes.get(SLA_DUE):
        workflow.upsert_search_attributes([SLA_DUE.value_set(at) if at else SLA_DUE.value_unset()])


def details_of(progress: Progress) -> str:
    """The run as Markdown: a phase table, who is awaited, tokens and cost."""
    lines = [f"**{progress.status}**", ""]
    if progress.opened:
        opening = progress.opened.opening
        lines[0] += f" · attempt {opening.attempt} · branch `{progress.branch}`"
    if progress.awaited:
        awaited = progress.awaited
        what, whom = escaped(awaited.what), escaped(awaited.whom, WHOM)
        lines += [f"waits for **{what}** from {whom}", ""]
    if progress.rest and progress.status is OrchestrationStatus.ACTIVE:
        lines += [f"pauses after this, as {escaped(progress.rest.by)} asked", ""]
    lines += [f"{line}\n" for line in details(progress.sla)]
    lines += [_cells("", ("phase", "round", "time"), ""), RULE]
    lines += [_row(phase) for phase in in_playbook_order(progress.told.phases)]
    lines += ["", f"{progress.tokens:,} tokens · cost {progress.cost}"]
    return "\n".join(lines)


def _row(phase: PhaseProgress) -> str:
    time = ""
    if phase.started_at and phase.completed_at and phase.status is not PhaseStatus.SKIPPED:
        time = f"{(phase.completed_at - phase.started_at).total_seconds():.1f} s"
    mark = MARKS[phase.standing]
    return _cells(mark, (phase.phase, str(phase.round), time), escaped(phase.note))


def _cells(mark: str, columns: Iterable[str], note: str) -> str:
    """The Web UI sets the columns of a table side by side: without a space that Markdown does not
    take away, their words would run together."""
    spaced = " | ".join(f"{column}{GAP}" for column in columns)
    return f"| {mark} | {spaced} | {note} |"
