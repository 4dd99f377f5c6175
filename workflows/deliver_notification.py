"""DeliverNotification: a message, or a batch of them, from its request to a known outcome."""

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError
from temporalio.workflow import ActivityConfig

with workflow.unsafe.imports_passed_through():
    from activities.notifications import NotificationActivities
    from activities.parcels import ParcelActivities
    from contracts.notifications import (
        DELIVER_NOTIFICATION,
        LOST,
        MORE,
        GivenUp,
        Hold,
        NotificationStatus,
        Parcel,
        ProviderAnswer,
    )
    from policy.markdown import escaped
    from workflows import options
    from workflows.failures import said_by, was_cancelled


@workflow.defn(name=DELIVER_NOTIFICATION)
class DeliverNotification:
    """Owns the status of its messages; whoever asked for them has long gone on."""

    @workflow.init
    def __init__(self, parcel: Parcel) -> None:
        self._asked = [parcel]

    @workflow.run
    async def run(self, parcel: Parcel) -> NotificationStatus | None:
        """The outcome of the last round; None when there was nothing to send."""
        status: NotificationStatus | None = None
        while self._asked:
            resend = any(one.resend for one in self._asked)
            self._asked = []
            status = await self._deliver(parcel.model_copy(update={"resend": resend})) or status
        return status

    @workflow.signal(name=MORE, description="there may be another message to send")
    async def more(self, parcel: Parcel) -> None:
        self._asked.append(parcel)

    async def _deliver(self, parcel: Parcel) -> NotificationStatus | None:
        try:
            answer = await self._try(parcel)
        except ActivityError as error:
            if was_cancelled(error):
                raise
            answer = ProviderAnswer(status=NotificationStatus.FAILED, said=said_by(error)[1])
        if answer is not None and answer.status in LOST:
            await self._give_up(parcel, answer)
        return answer.status if answer else None

    async def _try(self, parcel: Parcel) -> ProviderAnswer | None:
        """None when there is nothing to send. Raises ActivityError when patience ended."""
        while hold := await self._ready(parcel):
            answer = await workflow.execute_activity_method(
                ParcelActivities.send_parcel, parcel, **_sending(hold)
            )
            # Quiet hours may have begun while it could not be sent.
            if answer is None or answer.status is not NotificationStatus.PENDING:
                return answer
        return None

    async def _ready(self, parcel: Parcel) -> Hold | None:
        """Once it may go out; None when there is nothing to send."""
        hold = await workflow.execute_activity_method(
            ParcelActivities.hold_parcel, parcel, **options.database("what is to be sent, and when")
        )
        if hold.count == 0:
            return None
        workflow.set_current_details(f"{hold.count} for {escaped(hold.to)}")
        if hold.until is not None and hold.until > workflow.now():
            await workflow.sleep(hold.until - workflow.now(), summary=hold.why)
        return hold

    async def _give_up(self, parcel: Parcel, answer: ProviderAnswer) -> None:
        await workflow.execute_activity_method(
            NotificationActivities.give_up_parcel,
            GivenUp(parcel=parcel, status=answer.status, reason=answer.said),
            **options.database("it is lost: mark it, and tell the fallback"),
        )


def _sending(hold: Hold) -> ActivityConfig:
    """The activity says itself when to come back; the policy is for what it didn't foresee."""
    return ActivityConfig(
        summary=f"tell {hold.to}",
        start_to_close_timeout=timedelta(seconds=30),
        schedule_to_close_timeout=hold.patience,
        retry_policy=options.OUTSIDE,
    )
