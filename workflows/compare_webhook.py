"""CompareWebhook: whether a delivery that came again, while Postgres was away, had another body."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.webhooks import WebhookActivities
    from contracts.webhooks import COMPARE_WEBHOOK, Repetition
    from workflows import options


@workflow.defn(name=COMPARE_WEBHOOK)
class CompareWebhook:
    """The delivery's own run makes the row that this one waits for, for a day at most: it fails
    where there is none by then."""

    @workflow.run
    async def run(self, again: Repetition) -> bool:
        """True for another body, which is on record then, and never processed."""
        is_other = await workflow.execute_activity_method(
            WebhookActivities.compare_delivery,
            again,
            **options.database("is it the body that came first?"),
        )
        workflow.set_current_details(
            "another body: a conflict, on record" if is_other else "the same body"
        )
        return is_other
