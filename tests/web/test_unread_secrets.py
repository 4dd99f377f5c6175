"""A gateway that lacks a key says so in its log, for its callers hear no more than 401."""

import logging

import pytest
from cryptography.fernet import Fernet
from httpx2 import AsyncClient
from pydantic import SecretStr

from contracts.webhooks import WebhookSource
from db.engine import Sessions
from tests.conftest import TestOrganization
from tests.web.gate import KEY, SECRET, Entry, NewGateway, open_endpoint
from web.unread_secrets import UnreadSecrets


@pytest.mark.parametrize("keys", [SecretStr(Fernet.generate_key().decode()), None])
async def test_an_endpoint_whose_secret_cannot_be_read_is_named_in_the_log(
    keys: SecretStr | None,
    http: AsyncClient,
    sessions: Sessions,
    new_gateway: NewGateway,
    organization: TestOrganization,
    caplog: pytest.LogCaptureFixture,
) -> None:
    path = await open_endpoint(sessions, organization, WebhookSource.GITHUB, SECRET)
    async with new_gateway(slipway_encryption_keys=keys) as url:
        answers = [(await Entry(url, path, http).deliver({})).status_code for _ in range(2)]
    lines = [one.getMessage() for one in caplog.records if f"endpoint {path} " in one.getMessage()]
    assert (answers, len(lines)) == ([401, 401], 1)
    assert "SLIPWAY_ENCRYPTION_KEYS of this process lacks the key" in lines[0]
    assert "Restart it with the keys" in lines[0]
    assert KEY not in lines[0]
    assert SECRET not in lines[0]


def test_it_is_said_once_for_each_and_anew_when_it_was_well_between(
    caplog: pytest.LogCaptureFixture,
) -> None:
    unread = UnreadSecrets()
    with caplog.at_level(logging.ERROR):
        for what in ("one", "one", "two"):
            unread.note(what, "nothing comes in")
        unread.forget("one")
        unread.note("one", "nothing comes in")
    assert [one.getMessage().split()[0] for one in caplog.records] == ["one", "two", "one"]
