"""`work` where nobody can be asked and no worker stays: it ends at the gate, and says so."""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from cli.app import run
from cli.surroundings import Surroundings
from settings import Settings
from stack.addresses import Addresses
from tests.conftest import TestOrganization

Work = Callable[..., object]


@pytest.fixture
def alone(
    stack: Addresses,
    database_url: str,
    environment: Mapping[str, str],
    organization: TestOrganization,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Surroundings:
    """With the embedded stack, which these addresses stand for, and a queue without a worker."""
    variables = {
        **environment,
        "SLIPWAY_TASK_QUEUE": f"alone-{uuid4().hex[:8]}",
        "SLIPWAY_ORGANIZATION": organization.slug,
    }
    addresses = stack.model_copy(update={"database_url": database_url})

    @contextmanager
    def servers(settings: Settings, say: Callable[[str], None]) -> Iterator[Addresses]:
        yield addresses

    def settings() -> Settings:
        return Settings(
            slipway_organization=organization.slug,
            slipway_task_queue=variables["SLIPWAY_TASK_QUEUE"],
            slipway_state_dir=tmp_path / "state",
            slipway_user="ann@example.org",
            temporal_address=None,
            database_url=None,
            railway_environment_name=None,
            slipway_env="test",
        )

    return Surroundings(
        settings=settings,
        servers=servers,
        environment=variables,
        search_attributes={},
    )


@pytest.mark.parametrize("closed", [True, False], ids=["closed", "at its end"])
async def test_without_anybody_to_ask_the_work_is_left_at_its_gate(
    alone: Surroundings,
    repository: Path,
    agent: str,
    closed: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if closed:
        monkeypatch.setattr("sys.stdin", None)
    new = ("--repo", str(repository), "--summary", "x", "--agent", agent)
    # In a thread, because a command runs an event loop of its own.
    code = await asyncio.to_thread(run, lambda: alone, ("work", "CALC-1", *new))
    printed = capsys.readouterr()
    assert code == 0, printed.err
    assert "CALC-1 waits for approval plan, on admin or manager" in printed.out
    assert "starter.py watch CALC-1" in printed.err
    assert "starter.py approve CALC-1" in printed.err
    assert await asyncio.to_thread(run, lambda: alone, ("status", "CALC-1", "--json")) == 0
    status = json.loads(capsys.readouterr().out)
    assert (status["status"], status["awaited"]["gate"]) == ("ACTIVE", "plan")


async def test_what_is_over_can_be_worked_again_at_once(
    alone: Surroundings, repository: Path, agent: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The worker ends with the command: not before the run is over for Temporal, too."""
    new = ("--repo", str(repository), "--summary", "x", "--start", "CODE", "--agent", agent)
    for attempt in (1, 2, 3):
        again = ("--again",) if attempt > 1 else ()
        command = ("work", "CALC-1", *new, *again, "--yes", "--json")
        code = await asyncio.to_thread(run, lambda: alone, command)
        printed = capsys.readouterr()
        assert code == 0, printed.err
        over = json.loads(printed.out)
        assert (over["attempt"], over["status"]) == (attempt, "COMPLETED")
    for named, code in ((1, 0), (4, 3)):
        older = ("status", "CALC-1", "--attempt", str(named), "--json")
        assert await asyncio.to_thread(run, lambda: alone, older) == code
        printed = capsys.readouterr()
        assert not printed.out or json.loads(printed.out)["attempt"] == named
    assert "CALC-1 has no attempt 4" in printed.err
    history = ("history", "CALC-1", "--attempt", "2")
    assert await asyncio.to_thread(run, lambda: alone, history) == 0
    assert "attempt 2" in capsys.readouterr().out
