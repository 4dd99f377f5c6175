"""What a watcher is told of whom a run waits for, and is not told twice."""

from dataclasses import dataclass, replace

import pytest

from cli.connected import ConnectedDesk
from cli.lookout import EACH, obstacles_told
from cli.reader import Found
from cli.story import story_of
from contracts.events import QuestionAsked
from contracts.identity import Role
from contracts.phases import Phase
from db.engine import open_sessions
from db.identity import People
from tests.cli.facts import Told, asked, began, chain, row, started
from tests.conftest import TestOrganization
from tests.faults.patience import until

QUESTION = Phase.CODE, QuestionAsked(question="Up or down?")
NOBODY = "INV-1: nobody was told: the worker has no mail or Slack set up"


@dataclass
class Watcher:
    """Who has seen this, and how often they were asked for it."""

    found: Found | None
    looks: int = 0

    def __call__(self) -> Found | None:
        self.looks += 1
        return self.found

    async def has_looked(self, times: int) -> None:
        await until(lambda: self.looks >= times, f"{times} looks")


def found(*told: Told) -> Found:
    events = chain(started(), began(Phase.CODE), *told)
    return Found(story_of(row(), events), events)


async def heard(
    desk: ConnectedDesk, watcher: Watcher, capsys: pytest.CaptureFixture[str], *, gates: bool
) -> list[str]:
    async with obstacles_told(desk, watcher, gates=gates, every=0.002):
        await watcher.has_looked(2 * EACH + 5)
    return capsys.readouterr().err.splitlines()


async def test_each_obstacle_is_said_once_while_the_same_is_awaited(
    desk: ConnectedDesk, organization: TestOrganization, capsys: pytest.CaptureFixture[str]
) -> None:
    nobody, untold = await heard(desk, Watcher(found(QUESTION)), capsys, gates=False)
    assert nobody.startswith("INV-1: nobody is there who may answer; starter.py why INV-1")
    assert untold.startswith(NOBODY)
    async with desk.sessions.begin() as session:
        await People(session, organization.id).ensure("ann@x.test", "Ann", Role.DEVELOPER)
    (untold,) = await heard(desk, Watcher(found(QUESTION)), capsys, gates=False)
    assert untold.startswith(NOBODY)


async def test_whoever_is_asked_to_decide_need_not_hear_that_nobody_was_told(
    desk: ConnectedDesk, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await heard(desk, Watcher(found(asked())), capsys, gates=False) == []
    (untold,) = await heard(desk, Watcher(found(asked())), capsys, gates=True)
    assert untold.startswith(NOBODY)


async def test_nothing_is_said_where_nobody_is_awaited_or_nothing_is_known(
    desk: ConnectedDesk, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await heard(desk, Watcher(found()), capsys, gates=True) == []
    assert await heard(desk, Watcher(None), capsys, gates=True) == []
    async with open_sessions("postgresql://nobody:x@127.0.0.1:1/none") as nowhere:
        away = replace(desk, sessions=nowhere)
        assert await heard(away, Watcher(found(QUESTION)), capsys, gates=True) == []
