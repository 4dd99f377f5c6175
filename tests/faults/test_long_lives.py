"""What a worker finds on its disk when it starts, and what it does about it while it lives."""

import signal

from clients.file_locks import FileLock
from tests.faults.workers import Plant


async def test_a_start_waits_for_no_mirror(plant: Plant) -> None:
    """One that was not tidied for long takes minutes, and others may be busy with it."""
    mirror = plant.state / "mirrors" / "large.git"
    mirror.mkdir(parents=True)
    busy = FileLock.acquire(mirror.with_suffix(".lock"))
    assert busy is not None
    try:
        worker = await plant.start()
        worker.tell(signal.SIGTERM)
        assert await worker.ended() == 0
    finally:
        busy.release()
