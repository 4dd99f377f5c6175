"""GitHub's own examples of its payloads: each comes to a known end, and none is an error."""

import json
from collections import Counter
from pathlib import Path

import pytest

from stack.addresses import Addresses
from tests.npm import install
from tests.workflows.office import Office
from tests.workflows.webhook_gate import gate_of

EXAMPLES = "@octokit/webhooks-examples@7.6.1"
NUMBER = 329


@pytest.mark.soak
@pytest.mark.timeout(600)
async def test_every_example_of_github_ends_processed_or_ignored_for_a_reason(
    office: Office, stack: Addresses, tmp_path: Path
) -> None:
    folder = tmp_path / "npm"
    folder.mkdir()
    modules = install(folder, EXAMPLES)
    listed = modules / "@octokit" / "webhooks-examples" / "api.github.com" / "index.json"
    sent = [
        (event["name"], example)
        for event in json.loads(listed.read_text())
        for example in event["examples"]
    ]
    assert len(sent) == NUMBER
    async with gate_of(office, stack) as gate:
        for event, payload in sent:
            await gate.hear(event, payload)
        found = await gate.settled(NUMBER, seconds=300)
    statuses = Counter(row.status for row in found)
    failed = [(row.event_type, row.error_message) for row in found if row.status == "FAILED"]
    assert failed == []
    assert all(row.error_message for row in found if row.status == "IGNORED")
    assert statuses["PROCESSED"] + statuses["IGNORED"] == NUMBER
