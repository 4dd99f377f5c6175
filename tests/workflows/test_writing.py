"""The journal where nothing else is to run: it is written, however much is said at once."""

from contracts.events import GuidanceGiven
from contracts.jira_work import Guidance
from tests.workflows.office import KEY, MANAGER, PLAN, Office, until, worker_of
from tests.workflows.scripted_workshop import ScriptedWorkshop


async def test_what_many_say_at_once_to_a_run_that_waits_is_written(
    closed_office: Office, workshop: ScriptedWorkshop
) -> None:
    """All in one workflow task, whose answer may be four megabytes long."""
    office, long = closed_office, "x" * 9_900
    office.playbook("plan", PLAN)
    async with worker_of(office, workshop):
        handle = await office.start(playbook="plan")
        await office.awaited()
    for number in range(45):
        await office.work.signal(KEY, "guide", Guidance(text=f"{number} {long}", by=MANAGER))
    async with worker_of(office, workshop):

        async def written() -> bool:
            return len(await office.facts(GuidanceGiven)) == 45

        await until(written)
        await office.approve()
        await handle.result()
