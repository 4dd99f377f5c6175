"""TriageTicket: a customer's ticket, from its delivery to a card in the team's channel."""

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError
from temporalio.workflow import ActivityConfig

with workflow.unsafe.imports_passed_through():
    from activities.notifications import NotificationActivities
    from activities.triage import TriageActivities
    from contracts.triage import (
        TRIAGE_TICKET,
        SupportTicket,
        TicketClaim,
        TicketSettlement,
        TriageOutcome,
        TriageStatus,
    )
    from policy.support_cards import triage_notice
    from workflows import options
    from workflows.failures import said_by, was_cancelled

DUPLICATE = TriageOutcome(status=TriageStatus.DUPLICATE)
# Two providers, each asked twice: 10 s and 15 s a time.
ONE_PASS, PATIENCE = timedelta(seconds=75), timedelta(minutes=10)


@workflow.defn(name=TRIAGE_TICKET)
class TriageTicket:
    """However often a ticket comes, one run works on it, and its team hears of it once."""

    @workflow.run
    async def run(self, ticket: SupportTicket) -> TriageOutcome:
        claim = TicketClaim(ref=ticket.ref, claimed_by=workflow.info().workflow_id)
        if not await self._claimed(claim):
            return DUPLICATE
        outcome = await self._triaged(ticket)
        await self._tell(ticket, outcome)
        settlement = TicketSettlement(claim=claim, outcome=outcome)
        await workflow.execute_activity_method(
            TriageActivities.settle_ticket, settlement, **options.database("keep the result")
        )
        return outcome

    async def _claimed(self, claim: TicketClaim) -> bool:
        return await workflow.execute_activity_method(
            TriageActivities.claim_ticket, claim, **options.database("is it ours to work on?")
        )

    async def _triaged(self, ticket: SupportTicket) -> TriageOutcome:
        try:
            told = await workflow.execute_activity_method(
                TriageActivities.triage_ticket, ticket, **_asking()
            )
        except ActivityError as error:
            if was_cancelled(error):
                raise
            return TriageOutcome(status=TriageStatus.FAILED, reason=said_by(error)[1])
        return TriageOutcome(status=TriageStatus.TRIAGED, told=told)

    async def _tell(self, ticket: SupportTicket, outcome: TriageOutcome) -> None:
        """Before it is settled: a run that is lost in between comes again, and tells under the
        same key. A message that can't be asked for costs the ticket nothing."""
        try:
            await workflow.execute_activity_method(
                NotificationActivities.request_deliveries,
                triage_notice(ticket, outcome),
                **options.database("tell the team"),
            )
        except ActivityError as error:
            if was_cancelled(error):
                raise
            workflow.logger.warning("the team is not told: %s", said_by(error)[0])


def _asking() -> ActivityConfig:
    """Providers that are busy say themselves when to come back."""
    return ActivityConfig(
        summary="ask the language models",
        start_to_close_timeout=ONE_PASS,
        schedule_to_close_timeout=PATIENCE,
        heartbeat_timeout=timedelta(seconds=5),
        retry_policy=options.OUTSIDE,
    )
