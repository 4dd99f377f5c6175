"""Activities that keep tickets in step with what happens to them in git."""

from collections.abc import Awaitable, Callable

from temporalio import activity

from activities.webhook_retries import note_retry
from contracts.commands import (
    Account,
    Effect,
    FollowPullRequest,
    KeepEvidence,
    LinkDevelopment,
    Place,
)
from contracts.issues import Tracker
from db.engine import Sessions
from db.git_integrations import CheckResult, GitIntegrations, KnownTicket
from db.issues import UnknownStatusError
from db.user_identities import UserIdentities
from policy.pull_requests import PullRequest, known_from, status_names
from policy.webhook_authority import WORKERS

Told = Callable[[GitIntegrations, KnownTicket, Place], Awaitable[bool]]
DevelopmentCommand = LinkDevelopment | KeepEvidence | FollowPullRequest


class DevelopmentActivities:
    def __init__(self, sessions: Sessions, tracker: Tracker) -> None:
        self._sessions, self._tracker = sessions, tracker

    @activity.defn
    async def link_development(self, command: LinkDevelopment) -> Effect:
        async def link(rows: GitIntegrations, ticket: KnownTicket, place: Place) -> bool:
            return await rows.link(ticket.issue_id, place, command.at)

        moved = await self._move(command, link)
        return _effect([f"{one.key} is linked" for one in moved])

    @activity.defn
    async def keep_evidence(self, command: KeepEvidence) -> Effect:
        async def keep(rows: GitIntegrations, ticket: KnownTicket, place: Place) -> bool:
            evidence = CheckResult(
                command.check, command.conclusion, command.at, place.commit, place.url
            )
            return await rows.keep(ticket.issue_id, place, evidence)

        moved = await self._move(command, keep)
        said = f"{command.check} {command.conclusion.lower()}"
        return _effect([f"{one.key}: {said}" for one in moved])

    @activity.defn
    async def follow_pull_request(self, command: FollowPullRequest) -> Effect:
        """Moves the marks forward, then the ticket to where they stand."""
        vouched = await self._is_by_one_of_us(command)
        told, moving = known_from(command, vouched=vouched), set[str]()

        async def follow(rows: GitIntegrations, ticket: KnownTicket, place: Place) -> bool:
            if told is None:
                return False
            followed = await rows.follow(ticket.issue_id, place, told, command.at)
            # Only what its pull requests change is changed: people may have put it elsewhere.
            # An attempt that died may have told the tracker something old after others were done.
            if followed.concerns_ticket or activity.info().attempt > 1:
                moving.add(ticket.key)
            return followed.current or followed.concerns_ticket

        moved = await self._move(command, follow)
        notes = [
            await self._bring_in_step(command, one)
            if one.key in moving
            else _stays(one, told, command.author)
            for one in moved
        ]
        return _effect(notes)

    async def _is_by_one_of_us(self, command: FollowPullRequest) -> bool:
        """Their fork is no stranger's."""
        if command.author is None:
            return False
        async with self._sessions() as session:
            identities = UserIdentities(session, command.organization_id)
            person = await identities.person(command.author)
        return person is not None and person.role in WORKERS

    async def _move(self, command: DevelopmentCommand, told: Told) -> list[KnownTicket]:
        """The tickets of which nothing newer is known."""
        near = not isinstance(command, FollowPullRequest)
        await note_retry(self._sessions, command.delivery, near=near)
        place = command.about.place
        if place is None:
            return []
        async with self._sessions.begin() as session:
            rows = GitIntegrations(session, command.organization_id, command.project_id)
            # Sorted, so that two deliveries that name the same tickets never wait for each other.
            found = sorted(await rows.tickets(command.about), key=lambda one: one.key)
            return [one for one in found if await told(rows, one, place)]

    async def _bring_in_step(self, command: FollowPullRequest, ticket: KnownTicket) -> str:
        """Others may move the marks while the tracker is told: whoever told it last looks again,
        so the ticket ends where the marks do."""
        while True:
            names = await self._names(command, ticket)
            note = await self._transition(command.organization, ticket.key, names)
            async with self._sessions.begin() as session:
                rows = GitIntegrations(session, command.organization_id)
                if await rows.came_in_step(ticket.issue_id, names):
                    return note

    async def _names(self, command: FollowPullRequest, ticket: KnownTicket) -> tuple[str, ...]:
        async with self._sessions() as session:
            rows = GitIntegrations(session, command.organization_id)
            return status_names(await rows.pull_requests(ticket.issue_id))

    async def _transition(self, organization: str, key: str, names: tuple[str, ...]) -> str:
        """To the first of these that the ticket's flow has."""
        for name in names:
            try:
                await self._tracker.transition(organization, key, name)
            except UnknownStatusError:
                continue
            return f"{key} → {name}"
        return f"{key} stays: its flow has none of {', '.join(names)}"


def _stays(ticket: KnownTicket, told: PullRequest | None, author: Account | None) -> str:
    if told is None or told.counts:
        return f"{ticket.key} stays"
    why = "a pull request from a fork moves it once it is merged"
    if author is None:
        return f"{ticket.key} stays: {why}"
    return f"{ticket.key} stays: {why}, for {author} is nobody's who may work here"


def _effect(notes: list[str]) -> Effect:
    none = "no ticket of ours is meant, or newer things are known of it"
    return Effect(happened=bool(notes), note=", ".join(notes) or none)
