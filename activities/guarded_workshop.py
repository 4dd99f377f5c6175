"""A workshop that keeps to what workers share: limits, known answers, counts, and resting hosts."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from time import monotonic

from activities.agents import Workshop
from activities.shared import Shared, SharedByAll
from clients.meters import Hear, ignored
from clients.workshop import brief_of
from contracts.agents import AgentOutput, AgentResult, AgentRun, AgentStatus
from contracts.playbooks import CommandAgent

Work = Callable[[], Awaitable[tuple[AgentResult, AgentOutput]]]


class GuardedWorkshop:
    """activities.agents.Workshop, around another one."""

    def __init__(self, workshop: Workshop, shared: SharedByAll) -> None:
        self._workshop, self._shared = workshop, shared

    async def work(
        self, run: AgentRun, token: str, when: datetime, hear: Hear = ignored
    ) -> tuple[AgentResult, AgentOutput]:
        """Raises RetryLaterError, before anything was done, when too many agents were started."""
        shared = self._shared.of(run.workplace.organization_id)
        do = partial(self._workshop.work, run, token, when, hear)
        if not isinstance(run.agent, CommandAgent) or not run.agent.cacheable:
            return await _worked(shared, run, do)
        outputs: list[tuple[AgentResult, AgentOutput]] = []

        async def load() -> AgentResult | None:
            outputs.append(await _worked(shared, run, do))
            result = outputs[0][0]
            return result if result.status is AgentStatus.COMPLETED else None

        brief = brief_of(run, "").model_dump_json()
        key = shared.answer_key(run, run.agent.version, brief)
        known = await shared.answers.get_or_load(key, load)
        if outputs:
            return outputs[0]
        return (known, AgentOutput()) if known else await _worked(shared, run, do)

    async def deliver(self, run: AgentRun, commit: str) -> None:
        async with self._shared.of(run.workplace.organization_id).host(run.workplace.repo_url):
            await self._workshop.deliver(run, commit)


async def _worked(shared: Shared, run: AgentRun, do: Work) -> tuple[AgentResult, AgentOutput]:
    await shared.admit_agent()
    started = monotonic()
    result, output = await do()
    await shared.count(run, result, timedelta(seconds=monotonic() - started))
    return result, output
