"""Servers live exactly as long as their users, whoever is killed."""

import os
import shutil
import signal
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RefusedError

from stack.addresses import Given
from stack.control import Condition, Status, statuses
from stack.embedded import embedded
from stack.place import Place
from stack.user import ServerDownError
from tests.stack.people import ELSEWHERE, ONLY_POSTGRES, Person, nothing_runs, until


def of(state_dir: Path, name: str) -> Status:
    return next(status for status in statuses(state_dir) if status.name == name)


def kill(pid: int | None) -> None:
    assert pid
    os.kill(pid, signal.SIGKILL)


def files_of(pid: int | None) -> list[Path]:
    return [file.readlink() for file in Path(f"/proc/{pid}/fd").iterdir()]


def answers(redis_url: str) -> bool:
    with Redis.from_url(redis_url, retry=None) as redis:
        try:
            return bool(redis.ping())
        except RefusedError:
            return False


def test_servers_end_soon_after_their_last_user_was_killed(state_dir: Path) -> None:
    people = [Person(state_dir, Given()) for _ in range(2)]
    for person in people:
        person.addresses()
    people[0].kill()
    assert {status.condition for status in statuses(state_dir)} == {Condition.RUNNING}
    people[1].kill()
    until(lambda: nothing_runs(state_dir))


def test_a_user_killed_during_the_first_start_leaves_nothing_running(state_dir: Path) -> None:
    person = Person(state_dir, Given())
    until(lambda: (state_dir / "postgres" / "cluster.new").exists())
    person.kill()
    until(lambda: nothing_runs(state_dir))
    with embedded(state_dir, Given()):
        pass


def test_nothing_outlives_a_killed_supervisor(state_dir: Path) -> None:
    with embedded(state_dir, Given()) as before:
        for status in statuses(state_dir):
            # This is what keeps a second server from data that a first is not done with.
            assert state_dir / status.name / "data.lock" in files_of(status.server)
            kill(status.supervisor)
        until(lambda: nothing_runs(state_dir))
        # And the next user, even beside one who was left behind, gets servers again.
        with embedded(state_dir, Given()) as after:
            assert after.redis_url != before.redis_url
            assert {status.condition for status in statuses(state_dir)} == {Condition.RUNNING}


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("temporal", Given(database_url="postgresql://h/d", redis_url="redis://h")),
        ("postgres", ONLY_POSTGRES),
        ("valkey", ELSEWHERE),
    ],
)
def test_a_server_that_dies_is_back_where_it_was(state_dir: Path, name: str, given: Given) -> None:
    with embedded(state_dir, given):
        before = of(state_dir, name)
        kill(before.server)
        until(lambda: of(state_dir, name).server not in (before.server, None))
        after = of(state_dir, name)
        assert after.address == before.address
        assert after.supervisor == before.supervisor


def test_a_server_that_dies_again_and_again_is_given_up(state_dir: Path) -> None:
    person = Person(state_dir, ELSEWHERE)
    person.addresses()
    killed = set[int]()
    while (status := of(state_dir, "valkey")).condition is not Condition.STOPPED:
        if status.server and status.server not in killed:
            kill(status.server)
            killed.add(status.server)
    assert len(killed) == 4
    assert "Valkey died 4 times, giving up" in Place(state_dir / "valkey").tail()
    person.leave()


def test_a_server_that_cannot_start_is_reported_with_the_end_of_its_log(state_dir: Path) -> None:
    (state_dir / "valkey").mkdir(parents=True)
    (state_dir / "valkey" / "data").write_text("in the way")
    with (
        pytest.raises(ServerDownError, match=r"server\.log:\n(.*\n)*.*File exists"),
        embedded(state_dir, ELSEWHERE),
    ):
        pytest.fail("it started")
    assert nothing_runs(state_dir)


def test_servers_whose_folder_was_removed_end_though_somebody_waits(state_dir: Path) -> None:
    person = Person(state_dir, ELSEWHERE)
    url = person.addresses().redis_url
    shutil.rmtree(state_dir)
    until(lambda: not answers(url))
    person.leave()


def test_a_folder_that_was_moved_leaves_its_place_to_another_stack(state_dir: Path) -> None:
    person = Person(state_dir, ELSEWHERE)
    url = person.addresses().redis_url
    state_dir.rename(state_dir.with_name("moved"))
    with embedded(state_dir, ELSEWHERE) as addresses:
        assert answers(url)
        person.leave()
        until(lambda: not answers(url))
        with embedded(state_dir, ELSEWHERE) as again:
            assert again == addresses
