"""The builtin agents: deterministic Python of ours that looks, plans, tests and notes."""

import asyncio
from dataclasses import dataclass
from typing import Literal, assert_never

from clients.git.checkouts import Checkout
from clients.git.errors import GitFailedError
from clients.git.repository_facts import FactsQuestion, repository_facts
from clients.processes import Ran
from clients.run_watches import OnBeat, exceeded
from clients.test_runner import BuiltinRunner
from clients.written_files import UnwritablePathError, write_below
from contracts.agents import Brief, Report
from contracts.playbooks import BuiltinAgent
from contracts.repository_settings import RepositorySettings
from contracts.text import clipped
from policy.documentation import document_report
from policy.exploration import explore_report, text_about
from policy.planning import plan_report
from policy.relevance import RepositoryFacts
from policy.review import review_report
from policy.triage import triage_report

TIMEOUT = "AgentTimeoutError"
Rule = Literal["triage", "explore", "plan", "review", "document"]


@dataclass(frozen=True)
class Site:
    """Where an agent works, and what the default branch's settings say of it."""

    checkout: Checkout
    settings: RepositorySettings


class BuiltinAgents:
    def __init__(self, tests: BuiltinRunner) -> None:
        self._tests = tests

    async def run(self, agent: BuiltinAgent, brief: Brief, site: Site, on_beat: OnBeat) -> Ran:
        """Repeatable: the same commit, brief and settings give the same report and files. It
        fails when git does, when its time is over, or when what it writes has no place. Only
        cancellation raises."""
        if agent.use == "run-tests":
            return await self._tests.run(agent, brief, site.settings, on_beat)
        try:
            async with asyncio.timeout(agent.limits.time.total_seconds()):
                return Ran(await _reported(agent.use, brief, site, on_beat))
        except TimeoutError:
            return _failed(TIMEOUT, f"{agent.name} {exceeded('timeout', agent.limits)}")
        except (GitFailedError, UnwritablePathError) as error:
            return _failed(type(error).__name__, str(error))


async def _reported(rule: Rule, brief: Brief, site: Site, on_beat: OnBeat) -> Report:
    """What takes a while runs in a thread."""
    if rule == "triage":
        return await asyncio.to_thread(triage_report, brief)
    question = FactsQuestion(text_about(brief), site.settings.test, brief.start_commit)
    facts = await repository_facts(site.checkout, question, on_beat)
    match rule:
        case "explore":
            return await asyncio.to_thread(explore_report, brief, facts)
        case "plan":
            return await asyncio.to_thread(plan_report, brief, facts)
        case "review":
            return await asyncio.to_thread(review_report, brief, facts)
        case "document":
            return await asyncio.to_thread(_documented, brief, facts, site.checkout)
    assert_never(rule)


def _documented(brief: Brief, facts: RepositoryFacts, checkout: Checkout) -> Report:
    report, files = document_report(brief, facts)
    write_below(checkout.path, files)
    return report


def _failed(kind: str, message: str) -> Ran:
    said = clipped(message)
    return Ran(Report(status="failed", summary=said), error_type=kind, error_message=said)
