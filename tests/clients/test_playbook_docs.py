"""docs/playbooks.md tells every word of a playbook, and its example is one."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from clients.playbooks import PlaybookFolder
from contracts.budgets import Budget
from contracts.levels import Approver, Condition, Escalation, Level
from contracts.playbooks import (
    BuiltinAgent,
    CommandAgent,
    Gate,
    HumanAgent,
    Limits,
    LlmAgent,
    Playbook,
    PlaybookPhase,
)

TEXT = (Path(__file__).parents[2] / "docs" / "playbooks.md").read_text()
WORDS = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`\n]+)`", TEXT))))
FOUND_AT_THE_OPENING = {"origin"}


@pytest.mark.parametrize(
    "model",
    [
        *(Playbook, PlaybookPhase, Budget, Limits, Gate, Level, Approver, Condition, Escalation),
        *(BuiltinAgent, CommandAgent, HumanAgent, LlmAgent),
    ],
)
def test_every_word_is_told(model: type[BaseModel]) -> None:
    assert set(model.model_fields) - FOUND_AT_THE_OPENING <= WORDS


def test_the_example_can_be_loaded(tmp_path: Path) -> None:
    [example] = re.findall(r"```yaml\n(.*?)```", TEXT, re.S)
    (tmp_path / "yours.yaml").write_text(example)
    playbook = PlaybookFolder(tmp_path, tmp_path).load("yours")
    assert playbook.repair_rounds == 2
