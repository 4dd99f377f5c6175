"""Who decides while somebody watches: the person at the terminal, or the demo approver."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from cli.context import Desk
from cli.decisions import DEMO_APPROVER, decide, decision_on, make_demo_approver
from cli.evidence import steps
from cli.reader import Reader
from cli.screens import Screen
from cli.story import Story
from cli.terminal import output, plain, read_line, say
from clients.orchestrations import NotRunningError, RefusedError
from contracts.agents import PlanStep
from contracts.approvals import Decision, DecisionKind, Refusal
from contracts.events import ApprovalRequested
from contracts.text import MAX_COMMENT

T = TypeVar("T")
LOOK_AGAIN = 0.3
# Somebody else was quicker, or what was asked is not asked any more.
OVERTAKEN = (Refusal.ALREADY_DECIDED, Refusal.UNKNOWN_APPROVAL, Refusal.SUBJECT_CHANGED)
ANSWERS = {
    "y": DecisionKind.APPROVE,
    "yes": DecisionKind.APPROVE,
    "n": DecisionKind.REJECT,
    "no": DecisionKind.REJECT,
    "c": DecisionKind.REQUEST_CHANGES,
    "changes": DecisionKind.REQUEST_CHANGES,
}


@dataclass
class Gatekeeper:
    """Attends to each open gate once: with `yes` approves, else asks the person `me`."""

    desk: Desk
    screen: Screen
    me: str
    yes: bool
    _seen: set[UUID] = field(default_factory=set)

    async def attend(self, story: Story) -> None:
        asked = story.asked
        if asked is None or asked.approval_id in self._seen:
            return
        self._seen.add(asked.approval_id)
        if self.yes:
            await self._approve(story, asked)
        else:
            await self._ask(story, asked)

    async def _approve(self, story: Story, asked: ApprovalRequested) -> None:
        """Raises RefusedError: nobody is there who could do something about it."""
        await make_demo_approver(self.desk)
        say(f"--yes: approves as {DEMO_APPROVER}, who stands in for a second person.")
        decision = decision_on(asked, DecisionKind.APPROVE, DEMO_APPROVER, "")
        try:
            say(await decide(self.desk, story, decision))
        except NotRunningError:
            pass  # It ended meanwhile; whoever watches sees how.
        except RefusedError as error:
            if error.refusal not in OVERTAKEN:
                raise

    async def _ask(self, story: Story, asked: ApprovalRequested) -> None:
        by, key = self._decider(story, asked), story.issue_key
        if by is None:
            say(
                f"You asked for this work, so somebody else must decide on {asked.gate.name}: "
                f"starter.py approve {key} --as EMAIL"
            )
            return
        with self.screen.still():
            self._present(asked, by)
            answer = await _first(_answered(), self._gone(key, asked.approval_id))
            if answer is None:
                say(f"Not decided here. To decide later: starter.py approve {key}")
                return
            await self._send(story, decision_on(asked, answer[0], by, answer[1]))

    def _decider(self, story: Story, asked: ApprovalRequested) -> str | None:
        """Outside production, whoever sits at the terminal may speak for a second person."""
        if asked.gate.allow_requester or story.requested_by.lower() != self.me.lower():
            return self.me
        return None if self.desk.settings.production else DEMO_APPROVER

    def _present(self, asked: ApprovalRequested, by: str) -> None:
        console = output()
        console.print(f"Gate {asked.gate.name}: {plain(str(asked.subject.get('summary', '')))}")
        plan = [PlanStep.model_validate(step) for step in _listed(asked, "plan")]
        for line in steps(plan):
            console.print(line)
        for finding in _listed(asked, "findings")[:10]:
            console.print(f"  - {plain(str(finding), 200)}")
        if by != self.me:
            console.print(
                f"The gate wants another person than you. This is not production, so your answer "
                f"counts as that of {by}."
            )

    async def _gone(self, key: str, approval_id: UUID) -> None:
        """Returns when the gate was decided elsewhere, or the work has ended."""
        reader = Reader(self.desk)
        while True:
            await asyncio.sleep(LOOK_AGAIN)
            found = await reader.latest(key)
            asked = found.story.asked if found else None
            if asked is None or asked.approval_id != approval_id:
                print()
                return

    async def _send(self, story: Story, decision: Decision) -> None:
        """A person is there: what goes wrong is told, and the watching goes on."""
        try:
            if decision.by == DEMO_APPROVER:
                await make_demo_approver(self.desk)
            say(await decide(self.desk, story, decision))
        except (RefusedError, NotRunningError) as error:
            say(str(error))


def _listed(asked: ApprovalRequested, name: str) -> list[Any]:
    """A list of the subject, which is data of whatever version wrote it."""
    value = asked.subject.get(name)
    return value if isinstance(value, list) else []


async def _answered() -> tuple[DecisionKind, str] | None:
    """None when there is no more input."""
    while True:
        answer = await read_line("Approve? y(es), n(o), c(hanges): ")
        if answer is None:
            return None
        kind = ANSWERS.get(answer.lower())
        if kind is DecisionKind.APPROVE:
            return kind, ""
        if kind is not None and (why := await read_line("Why? ")):
            return kind, why[:MAX_COMMENT]


async def _first(one: Coroutine[Any, Any, T], other: Coroutine[Any, Any, None]) -> T | None:
    """What `one` answered, None when `other` was done before. Raises what either raises."""
    tasks = (asyncio.create_task(one), asyncio.create_task(other))
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if tasks[1] in done:
            tasks[1].result()
            return None
        return tasks[0].result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
