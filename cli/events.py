"""Events in words, one line each."""

from datetime import UTC, timedelta

from cli.terminal import elapsed, plain
from contracts.agents import Usage
from contracts.events import (
    AgentBlocked,
    AgentCompleted,
    AgentFailed,
    AgentSpawned,
    ApprovalDelegated,
    ApprovalEscalated,
    ApprovalExpired,
    ApprovalGranted,
    ApprovalRejected,
    ApprovalRequested,
    ApprovalVoided,
    BudgetEscalated,
    BudgetExceeded,
    BudgetRaised,
    BudgetRefused,
    BudgetWithdrawn,
    CheckpointCreated,
    CheckpointRestored,
    CommitCreated,
    Event,
    GuidanceGiven,
    NotificationRequested,
    OrchestrationCancelled,
    OrchestrationCompleted,
    OrchestrationFailed,
    OrchestrationPaused,
    OrchestrationResumed,
    OrchestrationStarted,
    PhaseCompleted,
    PhaseFailed,
    PhaseSkipped,
    PhaseStarted,
    QuestionAnswered,
    QuestionAsked,
    QuestionWithdrawn,
    RecoverySucceeded,
    RunReset,
    SlaAcknowledged,
    SlaCritical,
    SlaViolated,
    SlaWarned,
    TestRunCompleted,
)
from contracts.identity import ActorType
from contracts.ledger import ChainedEvent
from contracts.levels import any_of
from policy.budgets import number
from policy.moments import in_hours, in_utc
from policy.phases import said_of

SECOND = timedelta(seconds=1)
# Said by other events, too: of use in the full history alone.
QUIET = ("CheckpointCreated", "AgentSpawned")


def line_of(chained: ChainedEvent) -> str:
    """`12:03:11 UTC  TEST  tests: 12 passed, 1 failed`"""
    time = f"{chained.timestamp.astimezone(UTC):%H:%M:%S} UTC"
    by = f" (by {chained.actor.id})" if chained.actor.type is ActorType.PERSON else ""
    who = f"{chained.agent_name}: " if chained.agent_name else ""
    return f"{time}  {chained.phase or '':<9} {plain(who + said(chained.event) + by, 300)}"


def said(event: Event) -> str:
    return _of_orchestration(event) or _of_phase(event) or _of_agent(event) or _of_people(event)


def _of_orchestration(event: Event) -> str:
    match event:
        case OrchestrationStarted() as started:
            return _began(started)
        case OrchestrationCompleted():
            return "completed"
        case OrchestrationFailed(error_type=kind, reason=why):
            return f"failed: {why} ({kind})"
        case OrchestrationCancelled(reason=why):
            return f"cancelled{_because(why)}"
        case OrchestrationPaused(reason=why):
            return f"paused{_because(why)}"
        case OrchestrationResumed():
            return "resumed"
        case RunReset(branch=branch, base_commit=commit):
            return f"reset: goes on from {commit[:10]} on branch {branch}"
        case _:
            return ""


def _began(started: OrchestrationStarted) -> str:
    said = f"attempt {started.attempt} began: {started.ticket.key} {started.ticket.title}"
    said += f", on branch {started.branch}, by playbook {started.playbook.name}"
    said += f" ({started.playbook_reason})" if started.playbook_reason else ""
    return said + (f", for team {started.team.team}" if started.team and started.team.team else "")


def _of_phase(event: Event) -> str:
    match event:
        case PhaseStarted(round=number):
            return f"begins, round {number}" if number > 1 else "begins"
        case PhaseCompleted(duration=duration, note=note):
            return f"done in {elapsed(duration)}{_because(note)}"
        case PhaseFailed(duration=duration, reason=why):
            return f"broken off after {elapsed(duration)}{_because(why)}"
        case PhaseSkipped(reason=why):
            return f"skipped{_because(why)}"
        case CheckpointCreated(commit=commit):
            return f"checkpoint at {commit[:10]}"
        case CheckpointRestored(commit=commit, state=state):
            gates = ", ".join(one.gate for one in state.granted)
            approved = f", approved by then: {gates}" if gates else ""
            return f"goes on from the checkpoint at {commit[:10]}{approved}"
        case RecoverySucceeded():
            return "found its own stored report; nothing was done twice"
        case _:
            return ""


def _of_agent(event: Event) -> str:
    match event:
        case AgentSpawned(runner=runner):
            return f"begins ({runner})"
        case AgentCompleted(duration=duration, summary=summary, usage=usage, lost=lost):
            return f"{summary} ({elapsed(duration)}{_tokens(usage)}{_lost(lost)})"
        case AgentFailed(cancelled=True):
            return "was stopped"
        case AgentFailed(error_type=kind, error_message=message, lost=lost):
            return f"failed: {message} ({kind}{_lost(lost)})"
        case AgentBlocked():
            return "stops until a question is answered"  # QuestionAsked, which comes next, says it.
        case CommitCreated(commit=commit, branch=branch, files=files):
            files_said = f"{len(files)} file{'s' if len(files) != 1 else ''}"
            return f"commit {commit[:10]} on {branch}, {files_said}"
        case TestRunCompleted(report=report):
            return f"{'green' if report.green else 'red'}: {said_of(report)}"
        case _:
            return ""


def _of_people(event: Event) -> str:
    match event:
        case ApprovalRequested() as asked:
            return f"gate {asked.gate.name}: waits for the decision of {asked.words()}"
        case ApprovalGranted(gate=gate_name, comment=comment, settles=settles):
            others = "" if settles else " by one, others are asked"
            return f"gate {gate_name}: approved{others}{_because(comment)}"
        case ApprovalRejected(gate=gate_name, decision=decision, comment=comment):
            done = "changes requested" if decision == "REQUEST_CHANGES" else "rejected"
            return f"gate {gate_name}: {done}{_because(comment)}"
        case ApprovalExpired(gate=gate_name):
            return f"gate {gate_name}: nobody decided in time"
        case ApprovalVoided(gate=gate_name, reason=why):
            return f"gate {gate_name}: void{_because(why)}"
        case GuidanceGiven(text=text):
            return f"guidance: {text}"
        case QuestionAsked(question=question):
            return f"waits for an answer: {question}"
        case QuestionAnswered(answer=answer):
            return f"answered: {answer}"
        case QuestionWithdrawn(question=question, reason=why):
            return f"nobody need answer any more: {question} ({why})"
        case _:
            return _of_budget(event) or _of_levels(event)


def _of_budget(event: Event) -> str:
    match event:
        case BudgetExceeded(reason=reason) as exceeded:
            return f"{reason}: waits for {exceeded.words()} to grant {exceeded.what()}"
        case BudgetRaised() as raised:
            return f"granted {_granted(raised)}{_because(raised.comment)}"
        case BudgetRefused(comment=comment):
            return f"nothing more is granted{_because(comment)}"
        case BudgetEscalated(why=why):
            return why
        case BudgetWithdrawn(reason=why):
            return f"no more is asked for{_because(why)}"
        case _:
            return ""


def _granted(raised: BudgetRaised) -> str:
    amounts = {
        "tokens": f"{raised.tokens:,}" if raised.tokens else "",
        "money": number(raised.cost) if raised.cost else "",
        "round" if raised.rounds == 1 else "rounds": str(raised.rounds) if raised.rounds else "",
        "time": elapsed(raised.time) if raised.time else "",
    }
    said = [f"{amount} {name}" for name, amount in amounts.items() if amount]
    return f"{', '.join(said)} more" if said else "what the new day has"


def _of_levels(event: Event) -> str:
    match event:
        case ApprovalDelegated(to=to, until=until):
            return f"{to} may decide instead until {in_utc(until)}"
        case ApprovalEscalated(gate=gate_name, approvers=approvers):
            return f"gate {gate_name}: escalated to {any_of(approvers)}"
        case NotificationRequested(request=request):
            where = f"gate {request.occasion.gate}: " if request.occasion.gate else ""
            # Whether anybody was told stands with the messages, not in the ledger.
            how = "it is the turn of" if request.calls else "a reminder for"
            whom = (*request.people, *(f"every {role.lower()}" for role in request.roles))
            return f"{where}{how} {', '.join(whom) or 'nobody'}"
        case _:
            return _of_service_levels(event) or event.type


def _of_service_levels(event: Event) -> str:
    match event:
        case SlaWarned(sla=name, actual=actual, target=target):
            return f"{name}: in danger, {in_hours(actual)} of {in_hours(target)} are used"
        case SlaCritical(sla=name, actual=actual, target=target):
            return f"{name}: nearly broken, {in_hours(actual)} of {in_hours(target)} are used"
        case SlaViolated(sla=name, exceeded_by=over, target=target):
            late = f", noticed {in_hours(over)} later" if over >= SECOND else ""
            return f"{name}: broken, its {in_hours(target)} are over{late}"
        case SlaAcknowledged(sla=name, severity=severity, comment=comment):
            return f"{name}: {severity} acknowledged{_because(comment)}"
        case _:
            return ""


def _because(reason: str) -> str:
    return f": {reason}" if reason.strip() else ""


def _lost(tries: int) -> str:
    """Nobody knows what these did in their checkouts; nothing of it was kept."""
    if not tries:
        return ""
    return f"; begun {tries + 1} times, a worker was lost or git failed meanwhile"


def _tokens(usage: Usage) -> str:
    tokens = usage.tokens_in + usage.tokens_out
    return f", {tokens:,} tokens" if tokens else ""
