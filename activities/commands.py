"""Activities that carry out what people ask for by webhook: each command once."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from temporalio import activity
from temporalio.service import RPCError, RPCStatusCode

from activities.approvals import NO_SEALS, Seals
from activities.command_desk import NO_PLAN, CommandDesk, Hearing
from clients.temporal.orchestrations import (
    PATIENCE,
    NotRunningError,
    OrchestrationWorkflows,
    RefusedError,
)
from contracts.agents import Answer
from contracts.approvals import Decision
from contracts.commands import CancelWork, Decide, Effect, GiveAnswer, Guide, StartWork
from contracts.issues import Tracker
from contracts.jira_work import Cancellation, Guidance, WorkOrder
from db.command_trials import Trial
from policy.decision_signatures import addressee


class CommandActivities:
    """`work` gives an organization's orchestrations, by its slug; `seals` vouch for decisions, as
    the provider's signature has vouched for whoever made them. Without one nobody has."""

    def __init__(
        self,
        desk: CommandDesk,
        tracker: Tracker,
        work: Callable[[str], OrchestrationWorkflows],
        seals: Seals = NO_SEALS,
    ) -> None:
        self._desk, self._tracker, self._work, self._seals = desk, tracker, work, seals

    @activity.defn
    async def start_work(self, command: StartWork) -> Effect:
        begun = await self._begun(command, _now())
        if isinstance(begun, Effect):
            return begun
        heard, trial = begun
        work = self._work(command.organization)
        if not (trial.repetition and await _began_since(work, heard.key, trial.plan["since"])):
            # Its run would be refused at once, and until then take whatever is said to it.
            if (over := await self._desk.completed(command, heard)) is not None:
                return await self._desk.settle(command, False, over)
            ticket = await self._tracker.get(command.organization, heard.key)
            order = WorkOrder(
                organization=command.organization, issue_key=heard.key, requested_by=heard.by
            )
            await work.start(order, ticket.title)
        return await self._desk.settle(command, True, f"{heard.key} is worked for {heard.by}")

    @activity.defn
    async def decide_gate(self, command: Decide) -> Effect:
        """The gate itself asks whether this person may decide there."""
        heard = await self._desk.hear(command)
        if isinstance(heard, Effect):
            return heard
        trial = await self._desk.begin_decision(command, heard)
        if isinstance(trial, Effect):
            return trial
        decision = Decision(
            decision=command.decision,
            by=heard.by,
            comment=command.comment,
            approval_id=UUID(trial.plan["approval_id"]),
            subject_hash=trial.plan["subject_hash"],
            channel=command.channel,
        )
        if await self._desk.was_signed(command):
            to = addressee(command.organization, heard.key)
            decision = self._seals.sealed(decision, to, datetime.now(UTC))
        try:
            await self._told(command, heard, "decide", decision)
        except (RefusedError, NotRunningError) as error:
            # A run that has ended since knows nothing of updates; the tables do.
            decided = trial.repetition and await self._desk.was_decided(command, decision)
            return await self._desk.settle(command, decided, str(error))
        return await self._desk.settle(command, True, f"{command.decision} by {heard.by}")

    @activity.defn
    async def guide_work(self, command: Guide) -> Effect:
        begun = await self._begun(command)
        if isinstance(begun, Effect):
            return begun
        heard, _ = begun
        guidance = Guidance(text=command.text, by=heard.by, once=_once(command))
        try:
            await self._work(command.organization).signal(heard.key, "guide", guidance)
        except NotRunningError as error:
            await self._desk.in_turn(command)
            return await self._desk.settle(command, False, str(error))
        return await self._desk.settle(command, True, f"{heard.key} was guided by {heard.by}")

    @activity.defn
    async def give_answer(self, command: GiveAnswer) -> Effect:
        begun = await self._begun(command)
        if isinstance(begun, Effect):
            return begun
        heard, _ = begun
        answer = Answer(text=command.text, by=heard.by, at=command.at)
        try:
            await self._told(command, heard, "answer", answer)
        except (RefusedError, NotRunningError) as error:
            return await self._desk.settle(command, False, str(error))
        return await self._desk.settle(command, True, f"{heard.key} was answered by {heard.by}")

    @activity.defn
    async def cancel_work(self, command: CancelWork) -> Effect:
        begun = await self._begun(command, _now())
        if isinstance(begun, Effect):
            return begun
        heard, trial = begun
        work = self._work(command.organization)
        try:
            if not (trial.repetition and await _began_since(work, heard.key, trial.plan["since"])):
                await work.cancel(heard.key, Cancellation(by=heard.by, reason=command.reason))
        except NotRunningError as error:
            return await self._desk.settle(command, trial.repetition, str(error))
        return await self._desk.settle(command, True, f"{heard.key} was cancelled")

    async def _begun(
        self,
        command: StartWork | Guide | GiveAnswer | CancelWork,
        plan: Mapping[str, Any] = NO_PLAN,
    ) -> tuple[Hearing, Trial] | Effect:
        """Who asks, and the intent on record; or why nothing is to be done."""
        heard = await self._desk.hear(command)
        if isinstance(heard, Effect):
            return heard
        trial = await self._desk.begin(command, heard, plan)
        return trial if isinstance(trial, Effect) else (heard, trial)

    async def _told(
        self,
        command: Decide | GiveAnswer,
        heard: Hearing,
        name: str,
        message: Decision | Answer,
    ) -> None:
        await self._work(command.organization).update(heard.key, name, message, once=_once(command))


def _once(command: Decide | GiveAnswer | Guide) -> str:
    """By which the run knows again what it has heard."""
    return sha256(command.once.encode()).hexdigest()


def _now() -> dict[str, str]:
    """By Temporal's clock, as the start of a run is."""
    return {"since": activity.info().scheduled_time.isoformat()}


async def _began_since(work: OrchestrationWorkflows, key: str, since: str) -> bool:
    try:
        described = await work.handle(key).describe(rpc_timeout=PATIENCE)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return False
        raise
    return described.start_time >= datetime.fromisoformat(since)
