"""Agents of the kind `llm`, as playbooks write them."""

from datetime import timedelta

import pytest

from contracts.playbooks import LlmAgent
from errors import InvalidPlaybookError
from policy.playbooks import parse_playbook

PLAYBOOK = """
phases:
  - phase: PLAN
    agents:
      - kind: llm
        name: planner
        task: Write a plan.
{more}
"""


def parsed(more: str) -> LlmAgent:
    playbook = parse_playbook("asking", PLAYBOOK.format(more=more), "asking.yaml")
    agent = playbook.phases[0].agents[0]
    assert isinstance(agent, LlmAgent)
    return agent


def test_an_agent_asks_the_local_model_first_unless_told_otherwise() -> None:
    assert parsed("").providers == ("local", "groq")
    agent = parsed("        providers: [groq]\n        limits: {time: 90s}")
    assert (agent.providers, agent.limits.time) == (("groq",), timedelta(seconds=90))


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        ("        writes: true", "asking.yaml:8"),
        ("        providers: []", "name at least one"),
        ("        provider: [local]", "did you mean `providers`"),
    ],
)
def test_what_it_cannot_be_is_said(more: str, complaint: str) -> None:
    with pytest.raises(InvalidPlaybookError, match=complaint):
        parsed(more)
