"""The activity that follows an issue whose text was changed where it is kept."""

from collections.abc import Callable
from contextlib import suppress

from temporalio import activity

from activities.command_desk import CommandDesk, Hearing
from clients.temporal.orchestrations import NotRunningError, OrchestrationWorkflows
from contracts.commands import EditTicket, Effect
from contracts.issues import Tracker
from contracts.jira_work import TicketChanged
from db.engine import Sessions
from db.issue_edits import IssueEdits
from db.object_marks import ObjectMarks
from policy.ticket_readings import reading_of

STALE = "a newer text is known"


class TicketEditActivities:
    """`work` gives an organization's orchestrations, by its slug."""

    def __init__(
        self,
        desk: CommandDesk,
        sessions: Sessions,
        tracker: Tracker,
        work: Callable[[str], OrchestrationWorkflows],
    ) -> None:
        self._desk, self._sessions, self._tracker, self._work = desk, sessions, tracker, work

    @activity.defn
    async def edit_ticket(self, command: EditTicket) -> Effect:
        """Repeatable: whoever works on the ticket hears how it reads now, not what was changed."""
        heard = await self._desk.hear(command)
        if isinstance(heard, Effect):
            return heard
        trial = await self._desk.begin(command, heard)
        if isinstance(trial, Effect):
            return trial
        if not await self._edited(command, heard):
            return await self._desk.settle(command, False, STALE)
        ticket = await self._tracker.get(command.organization, heard.key)
        changed = TicketChanged(ticket_hash=reading_of(ticket).ticket_hash)
        with suppress(NotRunningError):
            await self._work(command.organization).signal(heard.key, "ticket_changed", changed)
        return await self._desk.settle(command, True, f"{heard.key} reads as it does there")

    async def _edited(self, command: EditTicket, heard: Hearing) -> bool:
        told = {"title": command.proposal.title, "description": command.proposal.description}
        kind = {"type": command.issue_type, "priority": command.priority}
        told |= {field: said for field, said in kind.items() if said is not None}
        async with self._sessions.begin() as session:
            marks = ObjectMarks(session, command.organization_id)
            if not await marks.reach(f"text:{heard.key}", command.at):
                return False
            await IssueEdits(session, command.organization).edit(heard.key, told, heard.by)
        return True
