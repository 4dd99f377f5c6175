"""What a worker finds on its disk when it starts, and what it does about it while it lives."""

import os
import signal

from clients.file_locks import FileLock
from tests.faults.patience import until
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


async def test_a_worker_puts_its_disk_in_order_while_it_works(plant: Plant) -> None:
    draft = plant.state / "mirrors" / "large.git" / "objects" / "pack" / "tmp_pack_oAyWpE"
    draft.parent.mkdir(parents=True)
    draft.write_bytes(b"half of a fetch")
    os.utime(draft, (1, 1))
    await plant.start()
    await until(lambda: not draft.exists(), "what was fetched in vain is gone")
