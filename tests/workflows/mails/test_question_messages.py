"""Whoever asked for the work hears by mail that an agent waits, again and again; then those do
who manage."""

from datetime import timedelta

from temporalio.testing import WorkflowEnvironment

from contracts.agents import Answer
from db.verification import verify_ledger
from tests.receivers import MailReceiver
from tests.workflows.office import (
    MANAGER,
    REQUESTER,
    SECOND_MANAGER,
    Office,
    phase,
    until,
)

HOUR = timedelta(hours=1)
ASKED = "KEY-1: an agent has a question"
HAND = {"kind": "human", "name": "hand", "ask": "Please write it.", "remind": "8h"}


async def heard(mail: MailReceiver, *people: str) -> None:
    """So many mails about the question have come, to these and to nobody else."""

    def to() -> list[str]:
        return sorted(one["To"] for one in mail.mails if one["Subject"] == ASKED)

    async def all_there() -> bool:
        return len(to()) >= len(people)

    await until(all_there)
    assert to() == sorted(people)


async def test_a_question_is_told_and_told_again_until_it_is_answered(
    office: Office, time: WorkflowEnvironment, mail: MailReceiver
) -> None:
    office.playbook("manual", phase("CODE", HAND))
    handle = await office.start(playbook="manual")
    await heard(mail, REQUESTER)
    await time.sleep(9 * HOUR)
    await heard(mail, REQUESTER, REQUESTER)
    last = mail.mails[-1].get_body(("plain",))
    assert last is not None
    text = last.get_content()
    assert "reminder 1, hand waits since " in text
    assert 'Answer: starter.py answer KEY-1 "…"' in text
    await time.sleep(8 * HOUR)
    told = (*[REQUESTER] * 3, MANAGER, SECOND_MANAGER)
    await heard(mail, *told)
    await office.tell("answer", Answer(text="done", by=REQUESTER))
    await handle.result()
    await time.sleep(24 * HOUR)
    await heard(mail, *told)
    assert await verify_ledger(office.stores.sessions) is None
