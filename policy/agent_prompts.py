"""An agent's brief as a question to a language model that has no tools."""

from collections.abc import Iterator

from contracts.agents import Brief, Report
from contracts.llm import ChatMessage, ChatRequest
from contracts.playbooks import LlmAgent
from contracts.text import clipped
from policy.model_answers import schema_of
from policy.prompts import ABOUT_DATA
from policy.quotation import fenced, visible

MAX_SHOWN, MAX_TOKENS = 60_000, 4_000
# It ran no test, changed no file and does not know what it cost.
NOT_ITS_TO_SAY = frozenset({"tests", "files_changed", "usage"})
# What stands in a brief for programs with a checkout, or goes to the model as our own words.
NOT_SHOWN = {"version", "workspace", "guidance", "answers"}
SYSTEM = """\
You are the agent `{name}` in a team that works on a software ticket, in its phase {phase}. You have
no tools: you can neither read nor change files, nor run anything, and see only what is quoted.
Answer with one JSON object of the given schema.

* status: completed; blocked, with a `question`, when a person must say something first; failed.
* summary: a few sentences for the people responsible. findings: one thing each.
* relevant, plan: only what you know from what is quoted; else empty.

Your task:

{task}"""


def agent_request(agent: LlmAgent, brief: Brief) -> ChatRequest:
    """Each provider gets an equal part of the agent's time, and one part is left for mending an
    answer. What was written outside stands in a fence that it cannot know."""
    system = SYSTEM.format(name=agent.name, phase=brief.phase, task=agent.task)
    return ChatRequest(
        messages=(
            ChatMessage(role="system", content=system),
            ChatMessage(role="user", content="\n\n".join(_told(brief))),
        ),
        schema_name="report",
        schema_=schema_of(Report, without=NOT_ITS_TO_SAY),
        max_tokens=MAX_TOKENS,
        patience=agent.limits.time / (len(agent.providers) + 1),
    )


def _told(brief: Brief) -> Iterator[str]:
    if brief.guidance:
        yield "What the people responsible added:\n" + "\n".join(f"* {w}" for w in brief.guidance)
    for number, said in enumerate(brief.answers, 1):
        yield f"The answer to question {number}, which stands below: {said.answer}"
    yield from fenced(ABOUT_DATA, visible("\n\n".join(_quoted(brief))))


def _quoted(brief: Brief) -> Iterator[str]:
    """What an agent has asked is its own words, and so maybe a ticket's."""
    for number, said in enumerate(brief.answers, 1):
        yield f"Question {number}: {said.question}"
    yield clipped(brief.model_dump_json(exclude=NOT_SHOWN, indent=1), MAX_SHOWN)
