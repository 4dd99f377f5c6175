"""Whoever is asked by an agent is reminded, for a week, on a server that skips time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowFailureError
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from cli.simulation.cast import Cast
from cli.simulation.plan import KEY, Simulation
from cli.simulation.stage import QUEUE, stage, until
from cli.simulation.stand_ins import Notebook
from clients.temporal.orchestrations import OrchestrationWorkflows
from contracts.agents import Answer
from contracts.events import Event, NotificationRequested, QuestionAsked
from contracts.identity import DEFAULT_ORGANIZATION, Role
from contracts.jira_work import WorkOrder
from contracts.notifications import NotificationRequest
from contracts.playbooks import Playbook
from contracts.search_attributes import SEARCH_ATTRIBUTES
from contracts.stories import WorkState
from tests.workflows.office import phase
from tests.workflows.skipped_time import SERVER
from workflows.jira_work import JiraWork
from workflows.riding import RidingInterceptor
from workflows.runner import PASSED_THROUGH

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
RITA = "rita@x.test"
HAND = {"kind": "human", "name": "hand", "ask": "Please write it."}


@dataclass(frozen=True)
class Silence:
    environment: WorkflowEnvironment
    notebook: Notebook
    work: OrchestrationWorkflows

    async def passes(self, time: timedelta) -> None:
        await self.environment.sleep(time)

    def told(self, kind: type[Event]) -> list[Event]:
        return [one.event for one in self.notebook.facts if isinstance(one.event, kind)]

    @property
    def reminders(self) -> list[NotificationRequest]:
        told = self.told(NotificationRequested)
        return [one.request for one in told if isinstance(one, NotificationRequested)]

    @property
    def hours(self) -> list[int]:
        """Of each reminder, after the first question."""
        facts = self.notebook.facts
        first = next(one for one in facts if isinstance(one.event, QuestionAsked)).timestamp
        told = [one for one in facts if isinstance(one.event, NotificationRequested)]
        return [round((one.timestamp - first) / HOUR) for one in told]

    async def asked(self, count: int) -> None:
        async def so_many() -> bool:
            return len(self.told(QuestionAsked)) >= count

        await until(so_many)

    async def reminded(self, *hours: int) -> None:
        async def so_often() -> bool:
            return len(self.hours) >= len(hours)

        await until(so_often)
        assert self.hours == list(hours)

    async def answer(self) -> None:
        await self.work.update(KEY, "answer", Answer(text="done", by=RITA))

    async def ends(self) -> None:
        assert (await self.work.handle(KEY).result()).status == "COMPLETED"
        replayer = Replayer(
            workflows=[JiraWork],
            interceptors=[RidingInterceptor()],
            workflow_runner=SandboxedWorkflowRunner(PASSED_THROUGH),
            data_converter=pydantic_data_converter,
        )
        await replayer.replay_workflow(await self.work.handle(KEY).fetch_history())


@asynccontextmanager
async def silence(*phases: dict[str, Any]) -> AsyncIterator[Silence]:
    """Of a run whose first question is asked, on a server of its own."""
    playbook = Playbook.model_validate({"name": "asks", "phases": phases})
    plan = Simulation(playbook, Cast((), real=True), (), timedelta())
    async with stage(plan, SERVER, SEARCH_ATTRIBUTES) as (environment, notebook):
        work = OrchestrationWorkflows(environment.client, DEFAULT_ORGANIZATION, QUEUE)
        await work.start(WorkOrder(issue_key=KEY, requested_by=RITA), "Round")
        silence = Silence(environment, notebook, work)
        await silence.asked(1)
        yield silence


async def test_a_silence_is_broken_daily_for_a_week_and_an_answer_still_ends_it() -> None:
    async with silence(phase("CODE", HAND)) as run:
        await run.passes(24 * HOUR - timedelta(minutes=1))
        assert run.reminders == []
        await run.passes(30 * DAY)
        await run.reminded(24, 48, 72, 96, 120, 144, 168)
        first, second, *_ = run.reminders
        assert {one.people for one in run.reminders} == {(RITA,)}
        assert (first.roles, second.roles) == ((), (Role.MANAGER, Role.ADMIN))
        assert first.occasion.reason.startswith("reminder 1, hand waits since ")
        assert first.occasion.reason.endswith(f": Please write it. (branch slipway/{KEY})")
        assert len({one.key for one in run.reminders}) == 7
        await run.answer()
        await run.ends()


async def test_after_an_answer_nobody_is_reminded_and_each_question_has_its_own_time() -> None:
    second = HAND | {"name": "other", "remind": "PT6H"}
    async with silence(phase("CODE", HAND), phase("DOCUMENT", second)) as run:
        await run.passes(25 * HOUR)
        await run.reminded(24)
        await run.answer()
        await run.asked(2)
        await run.passes(13 * HOUR)
        await run.reminded(24, 31, 37)
        await run.answer()
        await run.passes(3 * DAY)
        await run.reminded(24, 31, 37)
        await run.ends()


async def test_two_who_are_awaited_at_once_are_reminded_of_each_question() -> None:
    looks = HAND | {"writes": False}
    both = phase("EXPLORE", looks, looks | {"name": "other", "remind": None}, parallel=True)
    async with silence(both) as run:
        await run.asked(2)
        await run.passes(49 * HOUR)
        await run.reminded(24, 48)
        await run.answer()
        await run.answer()
        await run.ends()


async def is_cancelled(run: Silence) -> None:
    await run.work.handle(KEY).cancel()
    with pytest.raises(WorkflowFailureError):
        await run.work.handle(KEY).result()


async def test_of_a_run_that_was_cancelled_nobody_is_reminded() -> None:
    async with silence(phase("CODE", HAND)) as run:
        await run.passes(25 * HOUR)
        await run.reminded(24)
        await is_cancelled(run)
        await run.passes(3 * DAY)
        assert run.hours == [24]


async def test_the_state_says_since_when_it_waits_however_often_it_reminded() -> None:
    async with silence(phase("CODE", HAND)) as run:

        async def state() -> WorkState:
            told: WorkState = await run.work.handle(KEY).query("state", result_type=WorkState)
            return told

        async def waits() -> bool:
            return (await state()).awaited is not None

        await until(waits)
        before = await state()
        await run.passes(50 * HOUR)
        assert before.awaited == (await state()).awaited is not None
        await run.answer()
        await run.ends()
