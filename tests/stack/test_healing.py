"""What a crash leaves in the state directory is in nobody's way."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from stack import locks
from stack.embedded import embedded
from stack.place import Place, Record
from tests.stack.people import ELSEWHERE, ONLY_POSTGRES, ask, nothing_runs, until


def test_files_of_dead_processes_are_not_believed(state_dir: Path) -> None:
    place = Place(state_dir / "valkey")
    place.make()
    place.publish(Record(address="redis://127.0.0.1:1/0"))
    # Our own number: whoever believed it would wait for us, or kill us.
    for file in (place.supervisor, place.pid, place.users, place.door, place.data):
        file.write_text(str(os.getpid()))
    with embedded(state_dir, ELSEWHERE) as addresses:
        assert addresses.redis_url != "redis://127.0.0.1:1/0"


@pytest.mark.parametrize("half", [b"", b'{"address": "redis', b"[]", b"{}", b"\xff"])
def test_what_a_power_cut_left_half_written_is_not_believed(state_dir: Path, half: bytes) -> None:
    place = Place(state_dir / "valkey")
    place.make()
    (place.home / "ready.json").write_bytes(half)
    (place.home / "password").write_bytes(b"")
    with embedded(state_dir, ELSEWHERE) as addresses:
        assert "redis://:@" not in addresses.redis_url


async def test_a_postgres_that_crashed_comes_back_with_what_was_committed(state_dir: Path) -> None:
    with embedded(state_dir, ONLY_POSTGRES) as addresses:
        await ask(addresses.database_url, "CREATE TABLE kept AS SELECT 1 AS number")
        os.kill(int((state_dir / "postgres" / "supervisor.lock").read_text()), signal.SIGKILL)
        until(lambda: nothing_runs(state_dir))
    # A crash that left even its pid file, with the number of a process that lives.
    pid_file = state_dir / "postgres" / "cluster" / "data" / "postmaster.pid"
    pid_file.write_text(f"{os.getppid()}\n/proc/self/cwd\n1\n1\n\n127.0.0.1\n")
    with embedded(state_dir, ONLY_POSTGRES) as addresses:
        assert await ask(addresses.database_url, "SELECT number FROM kept") == {"number": 1}


def test_a_cluster_half_made_is_made_again(state_dir: Path) -> None:
    half = state_dir / "postgres" / "cluster.new" / "data"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18")
    with embedded(state_dir, ONLY_POSTGRES) as addresses:
        assert addresses.database_url


def test_a_server_left_over_is_ended_before_another_touches_its_data(state_dir: Path) -> None:
    place = Place(state_dir / "valkey")
    place.make()
    lock = locks.try_exclusive(place.data)
    assert lock is not None
    with subprocess.Popen(["sleep", "600"], pass_fds=[lock], start_new_session=True) as leftover:
        os.close(lock)
        place.pid.write_text(str(leftover.pid))
        with embedded(state_dir, ELSEWHERE):
            assert leftover.wait() == -signal.SIGKILL
