"""Why a delivery was not let in, in words."""

from datetime import timedelta

import pytest

from contracts.webhooks import WebhookSource
from policy.refused_signatures import SIGNED_IN, SignatureRefusal, meaning_of, refused_for
from policy.signatures import authentic, fresh
from tests.policy.signed_requests import KEY, NOW, SECRET, request, sent

SENDABLE = [source for source in WebhookSource if source is not WebhookSource.SLACK]


@pytest.mark.parametrize("source", SENDABLE)
def test_a_signature_of_another_secret_is_told_from_none(source: WebhookSource) -> None:
    signed, bare = sent(source), request({"content-type": "application/json"})
    assert refused_for(source, signed, [SECRET], authentic=False) is SignatureRefusal.MISMATCH
    assert refused_for(source, bare, [SECRET], authentic=False) is SignatureRefusal.UNSIGNED
    assert refused_for(source, signed, [""], authentic=False) is SignatureRefusal.LOCKED
    assert SIGNED_IN[source][0] in meaning_of(SignatureRefusal.UNSIGNED, source)


def test_what_is_signed_and_refused_came_at_the_wrong_time() -> None:
    source, signed = WebhookSource.STANDARD, sent(WebhookSource.STANDARD)
    known = authentic(source, signed, [KEY])
    assert known
    assert not fresh(source, signed, NOW + timedelta(minutes=6))
    why = refused_for(source, signed, [KEY], authentic=known)
    assert why is SignatureRefusal.STALE
    assert "more than 5 minutes" in meaning_of(why, source)
