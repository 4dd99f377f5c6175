"""A phase's line in the story, as runs that are under way and readers of JSON know it."""

import pytest
from pydantic import ValidationError

from contracts.jira_work import PhaseProgress
from contracts.phases import Phase, PhaseStatus


@pytest.mark.parametrize("status", ["RUNNING", "COMPLETED", "SKIPPED", "FAILED", "CANCELLED"])
def test_a_status_is_read_and_written_as_the_word_it_always_was(status: str) -> None:
    kept = f'{{"phase":"CODE","round":1,"status":"{status}"}}'
    told = PhaseProgress.model_validate_json(kept)
    assert told == PhaseProgress(phase=Phase.CODE, round=1, status=PhaseStatus(status))
    assert told.model_dump_json(exclude_unset=True) == kept


def test_no_other_word_is_a_status() -> None:
    with pytest.raises(ValidationError):
        PhaseProgress.model_validate({"phase": "CODE", "round": 1, "status": "DONE"})
