"""Runs that are cancelled or terminated while their agents work."""

import pytest
from temporalio.client import WorkflowFailureError

from tests.faults.conftest import NewSite
from tests.faults.sites import KEY, family_of, is_alive
from tests.faults.workers import Plant


async def test_soon_after_a_cancellation_not_even_a_stubborn_agent_lives(
    shared_plant: Plant, new_site: NewSite
) -> None:
    site = await new_site(shared_plant)
    site.desk.say("stubborn")
    site.desk.hold("CODE")
    work = await site.start()
    await site.desk.begun("CODE")
    family = family_of(shared_plant.state)
    assert len(family) >= 2

    await site.orchestrations.cancel(KEY)
    await site.gone(family)
    with pytest.raises(WorkflowFailureError):
        await work.result()
    row = await site.known()
    await site.check_ledger()
    assert row.status == "CANCELLED"
    await site.left_behind_nothing_in(shared_plant.state)


async def test_a_terminated_ticket_can_be_worked_again_at_once(
    shared_plant: Plant, new_site: NewSite
) -> None:
    site = await new_site(shared_plant)
    site.desk.hold("CODE")
    work = await site.start()
    await site.desk.begun("CODE")
    [first] = site.desk.pids("CODE")
    await work.terminate("an operator's mistake")
    again = await site.start()
    await site.desk.begun("CODE", times=2)
    assert not (await again.describe()).close_time

    await site.gone([first])
    site.desk.release("CODE")
    await again.result()
    await site.check_ledger()
    old, new = await site.known(attempt=1), await site.known(attempt=2)
    assert (old.status, new.status) == ("FAILED", "COMPLETED")
    assert "Terminated" in (old.failure or "")
    assert site.committed(f"slipway/{KEY}-2") == {"CODE": 1}
    assert not is_alive(first)
