"""A lock file that a killed git has left in the person's own repository."""

from tests.faults.conftest import NewSite
from tests.faults.patience import until
from tests.faults.sites import KEY, Handle
from tests.faults.workers import Plant


async def last_failures(work: Handle) -> list[str]:
    described = (await work.describe()).raw_description.pending_activities
    return [one.last_failure.message for one in described]


async def test_the_push_is_tried_until_somebody_removes_it_and_the_agent_works_once(
    shared_plant: Plant, new_site: NewSite
) -> None:
    site = await new_site(shared_plant, "CODE")
    lock = site.upstream.path / f".git/refs/heads/slipway/{KEY}.lock"
    lock.parent.mkdir()
    lock.touch()
    work = await site.start()

    async def told() -> bool:
        return any(f"{lock} is there" in said for said in await last_failures(work))

    await until(told, "the lock file is named")
    lock.unlink()
    assert (await work.result()).status == "COMPLETED"
    await site.check_ledger()
    assert (len(site.desk.pids("CODE")), site.committed()) == (1, {"CODE": 1})
