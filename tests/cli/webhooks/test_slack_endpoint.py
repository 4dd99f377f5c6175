"""`webhooks endpoint add slack`: the operator is told the address that Slack must be told."""

from contracts.webhooks import WebhookSource
from tests.cli.webhooks.webhook_operator import SECRET, Operator


async def test_slack_has_an_address_of_its_own(ann: Operator) -> None:
    said = await ann.opens(WebhookSource.SLACK)
    assert said.stdout == f"/slack/interactions/{ann.project} is open\n"
    listed = await ann.says("endpoint", "list")
    assert f"slack/{ann.project}  signed" in listed.stdout
    assert SECRET not in listed.stdout


async def test_the_signing_secret_is_slacks_and_never_missing(ann: Operator) -> None:
    for option in ("--generate", "--unsigned"):
        said = await ann.says("endpoint", "add", "slack", option, typed=SECRET)
        assert (said.returncode, "Slack makes the signing secret" in said.stderr) == (2, True)
