"""One rule for all commands: what could never be right ends with 2, what is not there with 3, and
what only the state of things forbids with 1."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from cryptography.fernet import Fernet

from cli.exits import code_of
from contracts.notifications import Channel, NotificationStatus, Parcel, ProviderAnswer
from db.engine import Sessions
from db.notifications import Addressee, Content, Notifications
from errors import InvalidPlaybookError
from policy.playbooks import parse_playbook
from stack.addresses import Addresses
from tests.cli.insider import Insider
from tests.cli.teller import Teller
from tests.conftest import TestOrganization

NOWHERE = "/no/such/file"
DELIVERY = "01a1fd4c-0e2e-75a6-8627-a3d218610644"


@pytest.fixture
def bob(
    capsys: pytest.CaptureFixture[str],
    stack: Addresses,
    database_url: str,
    organization: TestOrganization,
) -> Teller:
    """With all servers, and no worker."""
    return Teller(
        capsys,
        database_url=database_url,
        temporal_address=stack.temporal,
        redis_url=stack.redis_url,
        slipway_organization=organization.slug,
        slipway_user="bob@example.org",
        slipway_encryption_keys=Fernet.generate_key().decode(),
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("work", "PROJ-1", "--summary", "x", "--description-file", NOWHERE),
        ("edit", "PROJ-1", "--description-file", NOWHERE),
        ("triage", "ticket", NOWHERE),
        ("webhooks", "send", NOWHERE, "--source", "github"),
        ("project", "approvals", "PROJ", "--gate", "plan", "--levels", NOWHERE),
        ("simulate", "--playbook", "none"),
        ("project", "show", "PROJ"),
        ("webhooks", "show", DELIVERY),
        ("webhooks", "replay", DELIVERY),
        ("webhooks", "endpoint", "rotate", "github", "--generate"),
        ("resend", DELIVERY),
        ("triage", "retry", "none"),
        ("teams", "members", "none"),
        ("sla", "disable", "none"),
        ("endpoint", "remove", "none"),
        ("budget", "show", "PROJ-1"),
        ("status", "PROJ-1"),
    ],
    ids=" ".join,
)
def test_what_is_not_there_ends_with_three(bob: Teller, arguments: tuple[str, ...]) -> None:
    said = bob.says(*arguments)
    assert (said.code, said.out, said.err.count("\n")) == (3, "", 1), said


@pytest.mark.parametrize(
    "arguments",
    [
        ("status", "proj"),
        ("project", "show", "proj"),
        ("resend", "x"),
        ("webhooks", "show", "x"),
        ("webhooks", "send", __file__, "--source", "slack"),
        ("webhooks", "endpoint", "add", "github", "--unsigned", "--generate"),
        ("webhooks", "endpoint", "rotate", "github", "--drop-old", "--generate"),
        ("triage", "ticket", __file__),
        ("sla", "define", "New"),
        ("work", "PROJ-1", "--repo", "ext::sh", "--summary", "x"),
        ("work", "PROJ-1", "--repo", "https://a:b@git.example.org/x", "--summary", "x"),
    ],
    ids=" ".join,
)
def test_what_can_never_be_right_ends_with_two(bob: Teller, arguments: tuple[str, ...]) -> None:
    said = bob.says(*arguments)
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1), said


def test_a_playbook_with_a_mistake_can_never_be_right(bob: Teller, tmp_path: Path) -> None:
    with pytest.raises(InvalidPlaybookError) as refused:
        parse_playbook("mine", "phases:\n  - phase: CDOE\n", "mine.yaml")
    assert code_of(refused.value) == 2
    levels = tmp_path / "levels.yaml"
    levels.write_text("levels: []\n")
    asked = ("project", "approvals", "PROJ", "--gate", "plan", "--levels", str(levels))
    said = bob.says(*asked)
    assert (said.code, "levels.yaml:1: " in said.err) == (2, True), said


async def test_what_only_the_state_of_things_forbids_ends_with_one(
    environment: Mapping[str, str], sessions: Sessions, organization: TestOrganization
) -> None:
    max_ = Insider({**environment, "SLIPWAY_ORGANIZATION": organization.slug})
    said = max_.says("resend", str(await delivered(sessions, organization)))
    assert (said.returncode, said.stdout, said.stderr) == (
        1,
        "",
        "The message was delivered: it is not sent again. Those that were lost: starter.py "
        "notifications --failed\n",
    )


async def delivered(sessions: Sessions, organization: TestOrganization) -> UUID:
    """A message of which its recipient's server has said that it is there."""
    key = f"{organization.slug}-{uuid4().hex}"
    about = Content(organization.id, "PhaseCompleted", "KEY-1", "done", "", None, None, None)
    to = Addressee(Channel.EMAIL, "max@example.org", None, False, key, None)
    async with sessions.begin() as session:
        notifications = Notifications(session)
        await notifications.add(about, [to])
        [row] = await notifications.contents(Parcel(key=key))
        tried = await notifications.begin([row.id], datetime.now(UTC))
        await notifications.delivered(tried, ProviderAnswer(status=NotificationStatus.DELIVERED))
    return row.id
