"""Where no mail on a question or a limit arrives, whoever looks at the ticket hears so."""

from typing import Any

import pytest

from tests.receivers import MailReceiver
from tests.workflows.mails.endings import end
from tests.workflows.office import CODE, REQUESTER, Office, phase, until
from tests.workflows.onlooker import story
from tests.workflows.scripted_workshop import ScriptedWorkshop, blocked
from tests.workflows.spending import capped, used

REFUSED = "550 5.1.1 no such mailbox"
LOST = "nobody could be told: every message on this was lost, the last by email"


@pytest.mark.parametrize(
    ("agent", "terms"),
    [("asker", {}), ("coder", capped(ask=REQUESTER, escalation=[]))],
)
async def test_that_every_mail_bounced_is_said_and_so_is_that_one_arrived(
    office: Office,
    workshop: ScriptedWorkshop,
    mail: MailReceiver,
    agent: str,
    terms: dict[str, Any],
) -> None:
    mail.refusals = {REQUESTER: [REFUSED] * 9}
    asks = phase("EXPLORE", "asker") if agent == "asker" else CODE
    office.playbook("waits", asks, phase("DOCUMENT", "writer"), **terms)
    workshop.script("asker", blocked("Up or down?"))
    workshop.script("coder", used(1_001))
    handle = await office.start(playbook="waits")
    await office.awaited()

    async def lost() -> bool:
        return str((await story(office)).untold).startswith(LOST)

    await until(lost)
    assert "no such mailbox" in str((await story(office)).untold)
    await end(handle)
    mail.refusals = {}
    again = await office.start(playbook="waits")
    await office.awaited()

    async def arrived() -> bool:
        return bool(mail.mails)

    await until(arrived)
    assert (await story(office)).untold is None
    await end(again)
