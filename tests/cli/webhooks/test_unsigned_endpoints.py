"""`webhooks endpoint add` and `rotate`: nobody opens an endpoint that answers 401 unawares."""

import pytest

from contracts.webhooks import WebhookSource
from tests.cli.webhooks.webhook_operator import Operator


@pytest.mark.parametrize("typed", ["", "\n", "short\n"])
async def test_without_its_secret_no_endpoint_is_opened(ann: Operator, typed: str) -> None:
    said = await ann.says("endpoint", "add", "github", "--project", ann.project, typed=typed)
    assert (said.returncode, said.stdout) == (2, "")
    assert "Nothing was changed" in said.stderr
    assert "Webhooks come in nowhere yet" in (await ann.says("endpoint", "list")).stdout


async def test_what_is_not_signed_is_for_development_alone(ann: Operator) -> None:
    asked = ("endpoint", "add", "github", "--project", ann.project, "--unsigned")
    refused = await ann.says(*asked, slipway_env="production")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "--unsigned is refused in production" in refused.stderr
    said = await ann.says(*asked)
    assert said.stdout == (
        f"/webhooks/github/{ann.project} is open to anybody, signed or not; in production it "
        "answers 401\n"
    )
    assert "  unsigned  " in (await ann.says("endpoint", "list")).stdout


async def test_where_there_is_a_secret_unsigned_changes_nothing_and_says_so(ann: Operator) -> None:
    await ann.opens(WebhookSource.GITHUB)
    said = await ann.opens(WebhookSource.GITHUB, "--unsigned")
    assert said.stdout == f"/webhooks/github/{ann.project} is open\n"
    assert "only what is signed comes in" in said.stderr
    assert "  signed  " in (await ann.says("endpoint", "list")).stdout


async def test_an_endpoint_without_a_secret_says_whom_it_lets_in(ann: Operator) -> None:
    await ann.opens(WebhookSource.JIRA, "--unsigned")
    said = await ann.says("endpoint", "rotate", f"jira/{ann.project}", "--drop-old")
    assert "is open to anybody" in said.stdout


@pytest.mark.parametrize(
    "arguments",
    [("add", "github", "--unsigned", "--generate"), ("rotate", "jira", "--drop-old", "--generate")],
)
async def test_what_contradicts_itself_is_refused(
    ann: Operator, arguments: tuple[str, ...]
) -> None:
    said = await ann.says("endpoint", *arguments)
    assert (said.returncode, "--generate" in said.stderr) == (2, True)
