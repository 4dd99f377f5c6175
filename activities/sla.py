"""The activity that reckons with business time, for which time-zone data is needed."""

import logging

from temporalio import activity

from contracts.sla_clocks import SlaAnswer, SlaAnswers, SlaQuestion, SlaQuestions
from policy.sla import reckoned, zone_known


class SlaActivities:
    @activity.defn
    async def reckon_clocks(self, asked: SlaQuestions) -> SlaAnswers:
        """Repeatable: has no effect, and the time is part of the question."""
        return SlaAnswers(answers=tuple(_answer(question) for question in asked.questions))


def _answer(question: SlaQuestion) -> SlaAnswer:
    calendar = question.calendar
    if calendar is not None and not zone_known(calendar.time_zone):
        # Deadlines that are some hours off are better than none at all.
        logging.getLogger(__name__).error(
            "calendar %s: time zone %s is not known here; UTC is used",
            calendar.name,
            calendar.time_zone,
        )
        utc = calendar.model_copy(update={"time_zone": "UTC"})
        question = question.model_copy(update={"calendar": utc})
    return reckoned(question)
