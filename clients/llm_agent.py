"""Agents that are language models: the brief as a question, the report as a JSON answer."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar
from uuid import UUID

from clients.processes import NOTHING_SAID, Ran
from contracts.agents import AgentOutput, Brief, Report, Usage
from contracts.llm import ChatAnswer, ChatRequest, Reply
from contracts.playbooks import LlmAgent
from contracts.text import clipped
from errors import PermanentError
from policy.agent_prompts import agent_request
from policy.model_answers import read_answer

T = TypeVar("T")
FAILED, LATE, NO_MODEL = "AgentFailedError", "AgentTimeoutError", "NoModelError"


class Models(Protocol):
    """Providers in their order (activities/language_models.py)."""

    async def ask(
        self,
        organization_id: UUID,
        request: ChatRequest,
        read: Callable[[str], T],
        wanted: Sequence[str] | None = None,
    ) -> Reply[T]: ...


class LlmAgentRunner:
    """`models` is None where none can be configured."""

    def __init__(self, models: Models | None) -> None:
        self._models = models

    async def run(self, agent: LlmAgent, brief: Brief, organization_id: UUID) -> Ran:
        """One pass over the agent's providers. Repeatable: it changes nothing. Raises
        RetryLaterError when a provider that is away now may answer later; all else is a Ran."""
        if self._models is None:
            return Ran(None, NOTHING_SAID, NO_MODEL, "no language model is configured here")
        try:
            async with asyncio.timeout(agent.limits.time.total_seconds()):
                reply = await self._models.ask(
                    organization_id, agent_request(agent, brief), _report, agent.providers
                )
        except TimeoutError:
            seconds = agent.limits.time.total_seconds()
            return Ran(None, NOTHING_SAID, LATE, f"no report within {seconds:g} s")
        except PermanentError as error:
            return Ran(None, NOTHING_SAID, type(error).__name__, clipped(str(error)))
        return _ran(agent, reply)


NO_MODELS = LlmAgentRunner(None)


def _report(said: str) -> Report:
    """Without what a model without tools can't know, whatever it claims."""
    report = read_answer(said, Report)
    return report.model_copy(update={"tests": None, "files_changed": (), "usage": Usage()})


def _ran(agent: LlmAgent, reply: Reply[Report]) -> Ran:
    answer = reply.answer
    report = reply.value.model_copy(update={"usage": _usage(answer)})
    said = answer.text.encode()
    output = AgentOutput(kept=said[: agent.limits.output], size=len(said))
    if report.status == "failed":
        return Ran(report, output, FAILED, clipped(report.summary))
    return Ran(report, output)


def _usage(answer: ChatAnswer) -> Usage:
    """What a provider takes for its tokens is not known here, so the cost is 0."""
    return Usage(
        tokens_in=answer.tokens_in,
        tokens_out=answer.tokens_out,
        provider=answer.provider,
        model=answer.model,
    )
