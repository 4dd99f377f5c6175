"""Why a delivery was not let in: for the log alone, its sender hears the same for every reason."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from contracts.webhooks import WebhookSource
from policy.signatures import WINDOW, SignedRequest

# The headers that may hold a signature, or what stands for one.
SIGNED_IN: Mapping[WebhookSource, Sequence[str]] = {
    WebhookSource.GITHUB: ("X-Hub-Signature-256",),
    WebhookSource.GITLAB: ("webhook-signature", "X-Gitlab-Token"),
    WebhookSource.BITBUCKET: ("X-Hub-Signature",),
    WebhookSource.JIRA: ("X-Hub-Signature",),
    WebhookSource.HUBSPOT: ("X-HubSpot-Signature-v3",),
    WebhookSource.SLACK: ("X-Slack-Signature",),
    WebhookSource.STANDARD: ("webhook-signature", "svix-signature"),
}


class SignatureRefusal(StrEnum):
    LOCKED = "LOCKED"
    UNSIGNED = "UNSIGNED"
    MISMATCH = "MISMATCH"
    STALE = "STALE"


MEANING: Mapping[SignatureRefusal, str] = {
    SignatureRefusal.LOCKED: "the endpoint has no secret, and so lets nobody in. starter.py "
    "webhooks endpoint add gives it one",
    SignatureRefusal.MISMATCH: "none of the endpoint's secrets made its signature. Is the "
    "provider's the same, and does nothing on the way change the body?",
    SignatureRefusal.STALE: f"the time in it is more than {WINDOW.seconds // 60} minutes from this "
    "machine's. It is an old one that was sent again, or a clock is wrong",
}


def refused_for(
    source: WebhookSource, request: SignedRequest, secrets: Sequence[str], *, authentic: bool
) -> SignatureRefusal:
    """Of a request that was refused; `authentic`: one of the secrets signed it."""
    if authentic:
        return SignatureRefusal.STALE
    if not any(secrets):
        return SignatureRefusal.LOCKED
    if not any(name.lower() in request.headers for name in SIGNED_IN[source]):
        return SignatureRefusal.UNSIGNED
    return SignatureRefusal.MISMATCH


def meaning_of(refusal: SignatureRefusal, source: WebhookSource) -> str:
    if refusal is SignatureRefusal.UNSIGNED:
        headers = " or ".join(SIGNED_IN[source])
        return f"it is not signed ({headers} is missing). Has the provider been given the secret?"
    return MEANING[refusal]
