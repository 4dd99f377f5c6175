"""Who decides while somebody watches: the person at the terminal, or the demo approver."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from cli.awaiting import edits_since
from cli.connected import ConnectedDesk
from cli.deciders import may_decide, still_awaited
from cli.decisions import decide, decision_on
from cli.diffs import change_of, lines
from cli.evidence import edited, subject_of
from cli.exits import AWAY
from cli.gate_prompt import answered, unless
from cli.reader import Reader
from cli.screens import Screen
from cli.stand_in import DEMO_APPROVER, is_needed, make_demo_approver, may_stand_in
from cli.story import Story
from cli.terminal import output, plain, say
from cli.verdicts import is_away, verdict
from clients.temporal.orchestrations import NotRunningError, RefusedError
from contracts.approvals import ApprovalStatus, Decision, DecisionKind, Refusal
from contracts.events import ApprovalRequested

LOOK_AGAIN = 0.3
# Somebody else was quicker, or what was asked is not asked any more.
OVERTAKEN = (Refusal.ALREADY_DECIDED, Refusal.UNKNOWN_APPROVAL, Refusal.SUBJECT_CHANGED)
# What somebody else can do something about.
FOR_OTHERS = (Refusal.NOT_AN_APPROVER, Refusal.FOUR_EYES, Refusal.OWN_WORK, Refusal.UNVERIFIED)


def stay() -> None:
    """For whoever watches on until it is over."""


@dataclass
class Gatekeeper:
    """Attends to each level of an open gate once: with `yes` approves, else asks the person `me`.
    `leave` is called where it can do nothing more, since only others may decide."""

    desk: ConnectedDesk
    screen: Screen
    me: str
    yes: bool
    leave: Callable[[], None] = stay
    _seen: set[tuple[UUID, int]] = field(default_factory=set)

    async def attend(self, story: Story) -> None:
        asked = story.asked
        if asked is None or (asked.approval_id, asked.level) in self._seen:
            return
        self._seen.add((asked.approval_id, asked.level))
        if self.yes:
            await self._approve(story, asked)
        else:
            await self._ask(story, asked)

    async def _approve(self, story: Story, asked: ApprovalRequested) -> None:
        """Where that approver may; else it says who may, and leaves."""
        if not await may_stand_in(self.desk, asked):
            say(f"--yes: {DEMO_APPROVER} may not decide at gate {asked.gate.name}.")
            await self._leave_to_others(story, asked, DEMO_APPROVER)
            return
        say(f"--yes: approves as {DEMO_APPROVER}, who stands in for a second person.")
        await make_demo_approver(self.desk)
        decision = decision_on(asked, DecisionKind.APPROVE, DEMO_APPROVER, "")
        try:
            told, counted = await decide(self.desk, story, decision)
            say(told)
        except NotRunningError:
            return  # It ended meanwhile; whoever watches sees how.
        except RefusedError as error:
            if error.refusal in OVERTAKEN:
                return
            if error.refusal not in FOR_OTHERS:
                raise
            say(str(error))
            counted = ApprovalStatus.PENDING
        if counted is ApprovalStatus.PENDING:
            await self._leave_to_others(story, asked, DEMO_APPROVER)

    async def _leave_to_others(self, story: Story, asked: ApprovalRequested, me: str) -> None:
        """Unless they have decided already, or the next level asks."""
        found = await Reader(self.desk).latest(story.issue_key)
        now = found.story.asked if found else None
        if now is None or (now.approval_id, now.level) != (asked.approval_id, asked.level):
            return
        say(await still_awaited(self.desk, story, now, me))
        self.leave()

    async def _ask(self, story: Story, asked: ApprovalRequested) -> None:
        by, key = self._decider(story, asked), story.issue_key
        if by is None:
            say(
                f"You asked for this work, so somebody else must decide on {asked.gate.name}: "
                f"starter.py approve {key} --as EMAIL"
            )
            return
        if not await self._may_answer(asked, by):
            await self._leave_to_others(story, asked, by)
            return
        found = await Reader(self.desk).latest(key)
        changed = await edits_since(self.desk, found) if found else ()
        with self.screen.still():
            self._present(story, asked, by)
            for line in edited(changed, key):
                output().print(line)
            asking = answered(lambda: self._show_change(key))
            answer = await unless(self._gone(key, asked.approval_id), asking)
            if answer is None:
                say(f"Not decided here. To decide later: starter.py approve {key}")
                return
            await self._send(story, decision_on(asked, answer[0], by, answer[1]))

    def _decider(self, story: Story, asked: ApprovalRequested) -> str | None:
        """Outside production, whoever sits at the terminal may speak for a second person."""
        if asked.gate.allow_requester or story.requested_by.lower() != self.me.lower():
            return self.me
        return None if self.desk.settings.production else DEMO_APPROVER

    async def _may_answer(self, asked: ApprovalRequested, by: str) -> bool:
        if by != DEMO_APPROVER:
            return await may_decide(self.desk, asked, by)
        return await is_needed(self.desk, asked) and await may_stand_in(self.desk, asked)

    def _present(self, story: Story, asked: ApprovalRequested, by: str) -> None:
        console = output()
        console.print(f"Gate {asked.gate.name}: {plain(str(asked.subject.get('summary', '')))}")
        for line in subject_of(story, asked):
            console.print(line)
        if by != self.me:
            console.print(
                f"The gate wants another person than you. This is not production, so your answer "
                f"counts as that of {by}, and makes them a manager of {self.desk.organization} "
                "if they are none yet."
            )

    async def _show_change(self, key: str) -> None:
        """What can't be shown is told: the person may know it from elsewhere."""
        try:
            changed = await change_of(self.desk, await Reader(self.desk).demand(key))
        except Exception as error:
            found = verdict(error)
            if found is None:
                raise
            say(f"The change can't be shown here. {found[1]}")
            return
        for line in lines(changed, whole=True):
            output().print(line)

    async def _gone(self, key: str, approval_id: UUID) -> None:
        """Returns when the gate was decided elsewhere, or the work has ended."""
        reader = Reader(self.desk)
        while True:
            await asyncio.sleep(LOOK_AGAIN)
            try:
                found = await reader.latest(key)
            except Exception as error:
                if not is_away(error):
                    raise
                continue  # Whoever is asked may think on: that is no news of the gate.
            asked = found.story.asked if found else None
            if asked is None or asked.approval_id != approval_id:
                print()
                return

    async def _send(self, story: Story, decision: Decision) -> None:
        """A person is there: what goes wrong is told, and the watching goes on."""
        try:
            if decision.by == DEMO_APPROVER:
                await make_demo_approver(self.desk)
            told, counted = await decide(self.desk, story, decision)
            say(told)
            if counted is ApprovalStatus.PENDING and story.asked is not None:
                await self._leave_to_others(story, story.asked, decision.by)
        except (RefusedError, NotRunningError) as error:
            say(str(error))
        except Exception as error:
            found = verdict(error)
            if found is None or found[0] != AWAY:
                raise
            key = story.issue_key
            say(f"{found[1]} If the gate goes on waiting, decide again: starter.py approve {key}")
