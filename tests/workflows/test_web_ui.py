"""What Temporal's Web UI shows of a run, seen through the API it reads."""

from typing import Any

from temporalio.api.sdk.v1 import WorkflowMetadata

from contracts.phases import Phase
from tests.workflows.office import KEY, Handle, Office


async def waiting(office: Office) -> Handle:
    handle = await office.start()
    await office.awaited()
    return handle


async def finish(office: Office, handle: Handle) -> None:
    await office.approve()
    await handle.result()


async def test_the_list_shows_ticket_and_title(office: Office) -> None:
    handle = await waiting(office)
    described = await handle.describe()
    assert await described.static_summary() == f"{KEY} · Round half a cent up"
    details = await described.static_details()
    assert details is not None
    assert "playbook `all`" in details
    await finish(office, handle)


async def test_a_dry_run_says_in_the_list_that_it_is_one(office: Office) -> None:
    handle = await office.start(dry_run=True)
    await handle.result()
    described = await handle.describe()
    assert await described.static_summary() == f"{KEY} · dry run · Round half a cent up"
    assert "dry run: its result is a plan" in str(await described.static_details())
    pairs = described.typed_search_attributes
    assert [one.value for one in pairs if one.key.name == "SlipwayStatus"] == ["DRY RUN"]


async def test_search_attributes_say_where_a_run_is_and_what_it_waits_for(
    office: Office,
) -> None:
    handle = await waiting(office)

    async def indexed() -> dict[str, Any]:
        pairs = (await handle.describe()).typed_search_attributes
        return {pair.key.name: pair.value for pair in pairs if pair.key.name.startswith("Slip")}

    assert await indexed() == {
        "SlipwayIssue": KEY,
        "SlipwayProject": "KEY",
        "SlipwayPhase": Phase.PLAN,
        "SlipwayStatus": "ACTIVE",
        "SlipwayAwaiting": "approval plan",
    }
    await finish(office, handle)
    ended = await indexed()
    assert (ended["SlipwayStatus"], ended["SlipwayAwaiting"]) == ("COMPLETED", "")


async def test_the_details_of_a_waiting_run_name_gate_and_approvers(office: Office) -> None:
    handle = await waiting(office)
    metadata = await handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    assert metadata.current_details.startswith("**ACTIVE** · attempt 1 · branch `slipway/KEY-1`")
    assert "waits for **approval plan** from admin or manager" in metadata.current_details
    table = metadata.current_details.replace("\N{NO-BREAK SPACE}", "")
    assert "| ✔ | EXPLORE | 1 |" in table
    assert "| ▶ | PLAN | 1 |" in table
    await finish(office, handle)
    metadata = await handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    assert metadata.current_details.startswith("**COMPLETED**")
    assert "waits for" not in metadata.current_details
    assert "480 tokens" in metadata.current_details


async def test_each_update_is_described_in_the_metadata(office: Office) -> None:
    handle = await waiting(office)
    metadata = await handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    updates = {one.name: one.description for one in metadata.definition.update_definitions}
    assert set(updates) == {
        "decide",
        "answer",
        "pause",
        "resume",
        "acknowledge",
        "delegate",
        "skip_phase",
        "raise_budget",
    }
    assert all(updates.values())
    await finish(office, handle)


async def test_activities_and_timers_of_the_history_say_what_they_are_for(
    office: Office,
) -> None:
    handle = await waiting(office)
    await finish(office, handle)
    events = (await handle.fetch_history()).events
    summaries = [event.user_metadata.summary.data.decode().strip('"') for event in events]
    said = [one for one in summaries if one]
    assert "open KEY-1" in said
    assert "planner · PLAN 1" in said
    assert "plan: expire" in said
    assert "may max@example.org decide on plan?" in said


async def test_the_history_is_grouped_by_phase(office: Office) -> None:
    handle = await waiting(office)
    await finish(office, handle)
    events = (await handle.fetch_history()).events
    grouped = [event for event in events if len(event.event_group_markers)]
    told = " ".join(str(event.event_group_markers) for event in grouped)
    assert all(f"{phase} 1" in told for phase in ("EXPLORE", "PLAN", "CODE", "TEST"))
