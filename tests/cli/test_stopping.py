"""What runs beside a command ends with it."""

import asyncio

from cli.stopping import stop


async def test_who_does_not_heed_a_cancellation_is_cancelled_again() -> None:
    begun, refused = asyncio.Event(), 0

    async def ask_again() -> None:
        nonlocal refused
        while True:
            begun.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                refused += 1
                if refused == 2:
                    raise

    task = asyncio.create_task(ask_again())
    await begun.wait()
    await stop(task)
    assert (task.cancelled(), refused) == (True, 2)


async def test_what_has_ended_by_itself_stays_as_it_ended() -> None:
    task = asyncio.create_task(asyncio.sleep(0, "done"))
    await asyncio.wait((task,))
    await stop(task)
    assert task.result() == "done"
