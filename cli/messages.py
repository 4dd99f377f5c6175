"""`guide`, `answer`, `pause`, `acknowledge` and others: what people say to a running ticket."""

from collections.abc import Callable
from typing import Annotated

import typer
from pydantic import BaseModel

from cli.connected import ConnectedDesk, at_connected_desk
from cli.exits import DONE
from cli.options import As, Comment, Key, a_phase, comment, needed, who_am_i
from cli.terminal import output, plain
from cli.workers import demand_listener
from clients.temporal.orchestrations import NotRunningError, RefusedError
from contracts.agents import Answer
from contracts.jira_work import Cancellation, Guidance, Pause, Resume, SkipPhase
from contracts.phases import Phase
from contracts.sla import Acknowledgement

Message = tuple[str, BaseModel]  # The update's name comes first.
Words = Annotated[str, typer.Argument(metavar="TEXT", help="In quotes.")]
PhaseName = Annotated[Phase, typer.Argument(metavar="PHASE", parser=a_phase)]
MaybePhase = Annotated[
    Phase | None, typer.Option("--phase", metavar="PHASE", parser=a_phase, help="Only there.")
]
SlaName = Annotated[
    str | None, typer.Option("--sla", metavar="NAME", help="Only this one, as `sla` shows it.")
]


def guide(context: typer.Context, key: Key, text: Words, by: As = None) -> None:
    """Hand text to the next agent that begins."""
    said = needed(text, "guidance")

    async def job(desk: ConnectedDesk) -> int:
        # A signal waits for a worker by itself.
        guidance = Guidance(text=said, by=who_am_i(desk.settings, by))
        await desk.orchestrations.signal(key, "guide", guidance)
        output().print(f"{key}: the next agent that begins reads this.")
        return DONE

    at_connected_desk(context, job)


def answer(context: typer.Context, key: Key, text: Words, by: As = None) -> None:
    """Answer the oldest open question of an agent."""
    said = needed(text, "answer")

    async def job(desk: ConnectedDesk) -> int:
        message = Answer(text=said, by=who_am_i(desk.settings, by))
        question = await _told(desk, key, ("answer", message))
        output().print(f"{key}: answered “{plain(question)}”")
        return DONE

    at_connected_desk(context, job)


def pause(context: typer.Context, key: Key, text: Comment = "", by: As = None) -> None:
    """Rest after the running phase."""
    why = comment(text, "comment")
    _tell(context, key, lambda me: ("pause", Pause(by=me, reason=why)), by)


def resume(context: typer.Context, key: Key, by: As = None) -> None:
    """Go on after a pause. (A finished attempt: work KEY --resume.)"""

    async def job(desk: ConnectedDesk) -> int:
        try:
            said = await _told(desk, key, ("resume", Resume(by=who_am_i(desk.settings, by))))
        except NotRunningError as error:
            raise NotRunningError(
                f"{error}. To go on from the last checkpoint: starter.py work {key} --resume"
            ) from error
        output().print(f"{key}: {plain(said)}")
        return DONE

    at_connected_desk(context, job)


def skip(
    context: typer.Context, key: Key, phase: PhaseName, text: Comment = "", by: As = None
) -> None:
    """Leave out a phase that has not begun."""
    why = comment(text, "comment")
    _tell(context, key, lambda me: ("skip_phase", SkipPhase(phase=phase, by=me, reason=why)), by)


def acknowledge(
    context: typer.Context,
    key: Key,
    sla: SlaName = None,
    phase: MaybePhase = None,
    text: Comment = "",
    by: As = None,
) -> None:
    """Say that you know what is late, or soon will be. It stops no clock."""
    why = comment(text, "comment")

    async def job(desk: ConnectedDesk) -> int:
        me = who_am_i(desk.settings, by)
        message = Acknowledgement(by=me, sla=sla, phase=phase, comment=why)
        advice = f"What runs and what is late: starter.py sla {key}"
        late = await _told(desk, key, ("acknowledge", message), advice)
        output().print(f"{key}: {me} has acknowledged {plain(late)}")
        return DONE

    at_connected_desk(context, job)


def cancel(context: typer.Context, key: Key, text: Comment = "", by: As = None) -> None:
    """End the work; what is on the branch stays there."""
    reason = comment(text, "comment")

    async def job(desk: ConnectedDesk) -> int:
        why = Cancellation(by=who_am_i(desk.settings, by), reason=reason)
        if not await desk.orchestrations.running(key):
            raise NotRunningError(f"{key} is not being worked, so there is nothing to cancel.")
        await desk.orchestrations.cancel(key, why)
        output().print(f"{key}: is being cancelled; its agents are stopped within 10 s.")
        return DONE

    at_connected_desk(context, job)


def _tell(context: typer.Context, key: str, said: Callable[[str], Message], by: str | None) -> None:
    async def job(desk: ConnectedDesk) -> int:
        message = said(who_am_i(desk.settings, by))
        output().print(f"{key}: {plain(await _told(desk, key, message))}")
        return DONE

    at_connected_desk(context, job)


async def _told(desk: ConnectedDesk, key: str, message: Message, advice: str = "") -> str:
    """The answer of an update, which nobody would give without a worker. Raises RefusedError, with
    what to do."""
    await demand_listener(desk, key)
    try:
        return str(await desk.orchestrations.update(key, *message))
    except RefusedError as error:
        advice = advice or f"Where it is: starter.py status {key}"
        why = f"{key}: {error} ({error.refusal}). {advice}"
        raise RefusedError(error.refusal, why) from error
