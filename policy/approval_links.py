"""Links by which a person decides: how their tokens are made, kept, and told apart."""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from uuid import UUID

from contracts.approvals import DecisionKind
from contracts.text import one_line

TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
PURPOSE = b"slipway approval link\x00"


@dataclass(frozen=True)
class LinkTo:
    """What a link is bound to."""

    approval_id: UUID
    user_id: UUID
    subject_hash: str


def token_of(key: str, nonce: bytes, to: LinkTo) -> str:
    """32 bytes in base64url, the same for the same arguments: so nobody needs to keep it, and a
    message that is sent again has the same link. `nonce` is 32 random bytes. Who knows only one of
    key and nonce knows nothing of it."""
    bound = f"{to.approval_id}\n{to.user_id}\n{to.subject_hash}\n".encode()
    made = hmac.digest(key.encode(), PURPOSE + bound + nonce, "sha256")
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def token_hash(token: str) -> bytes | None:
    """What is kept of it: SHA-256. None for what can be no token. (A token is as random as a key,
    so a slow hash would only cost time.)"""
    if TOKEN.fullmatch(token) is None:
        return None
    return hashlib.sha256(token.encode()).digest()


def link_of(public_url: str, token: str) -> str:
    return f"{public_url.rstrip('/')}/approvals/{token}"


def once(link_id: UUID, refusals: int, decision: DecisionKind, comment: str) -> str:
    """The update's id: a double click and a retry say the same, and are heard once. After a
    refusal the same words are a new try."""
    said = hashlib.sha256(one_line(comment).encode()).hexdigest()[:32]
    return f"approval-link:{link_id}:{refusals}:{decision}:{said}"


def with_link(body: str, link: str) -> str:
    """A message's text; first what is quickest."""
    note = "The link is for you alone, and for one decision: please don't pass it on."
    return f"Look and decide: {link}\n{note}\n\n{body}"
