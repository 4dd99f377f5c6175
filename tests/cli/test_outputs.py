"""What agents printed, found again and harmless."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from cli.exits import NotFoundError
from cli.outputs import Wanted, legible, newest, stretches
from contracts.events import AgentBlocked, AgentCompleted, AgentFailed
from contracts.phases import Phase
from tests.cli.facts import HOSTILE, chain
from tests.cli.person import Person

SECOND, ID = timedelta(seconds=1), UUID(int=7)


def test_the_newest_run_that_printed_something_is_meant_unless_another_is_named() -> None:
    told = tuple(
        stretches(
            chain(
                (Phase.CODE, AgentBlocked(round=1, duration=SECOND, question="?", output_id=ID)),
                (Phase.CODE, AgentCompleted(round=1, duration=SECOND, summary="", output_id=ID)),
                (Phase.FIX, _failed(2)),
                (Phase.DOCUMENT, AgentCompleted(round=1, duration=SECOND, summary="said nothing")),
            )
        )
    )
    assert [one.words for one in told] == ["CODE ", "CODE ", "FIX 2 "]
    assert newest("INV-1", told, Wanted(None, None, None)) is told[2]
    assert newest("INV-1", told, Wanted(Phase.CODE, None, None)) is told[1]
    assert newest("INV-1", told, Wanted(None, None, 1)) is told[1]
    with pytest.raises(NotFoundError, match="There is: CODE , FIX 2 "):
        newest("INV-1", told, Wanted(Phase.DOCUMENT, None, None))
    with pytest.raises(NotFoundError, match="No agent of INV-1 has printed anything yet"):
        newest("INV-1", (), Wanted(None, None, None))


def test_output_is_read_line_by_line_and_steers_no_terminal() -> None:
    assert legible("\x1b[31mred\x1b[0m\n\tin\r\n") == "red\n\tin\n"
    assert legible("10 %\r20 %\rdone") == "10 %\n20 %\ndone\n"
    assert legible(HOSTILE) == " [red]x[/] :smile:  evil\nnext\n"
    assert legible("") == ""


def test_the_output_of_agents_and_tests_can_be_read(
    ann: Person, repository: Path, agent: str
) -> None:
    begin = ("work", "OUT-1", "--repo", str(repository), "--summary", "Add", "--agent", agent)
    worked = ann.says(*begin, "--playbook", "standard", "--skip", "PLAN", "--watch")
    assert worked.returncode == 0, worked.stderr
    tests = ann.says("output", "OUT-1")
    assert "1 passed" in tests.stdout
    assert tests.stderr.startswith("TEST tests, ended ")
    assert "Also kept (--phase, --agent, --round): CODE coder." in tests.stderr
    coder = ann.reads("output", "OUT-1", "--agent", "coder")
    assert (coder["phase"], coder["round"], coder["cut"]) == ("CODE", 1, False)
    assert len(coder["output"].encode()) == coder["size"]
    assert "add adds" in coder["output"]
    unknown = ann.says("output", "OUT-1", "--agent", "nobody")
    assert (unknown.returncode, unknown.stdout) == (3, "")
    assert "There is: CODE coder, TEST tests." in unknown.stderr


def _failed(number: int) -> AgentFailed:
    return AgentFailed(
        round=number, duration=SECOND, error_type="X", error_message="", output_id=ID
    )
