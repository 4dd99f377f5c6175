"""Signatures under what people say: made by the CLI and the gateway, with a key that agents
cannot read."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from contracts.approvals import Decision
from contracts.budgets import RaiseBudget
from contracts.delegations import Delegation

FRESH = timedelta(minutes=5)
Said = Decision | Delegation | RaiseBudget
Signed = TypeVar("Signed", Decision, Delegation, RaiseBudget)


def addressee(organization: str, issue_key: str) -> str:
    """Whose work is meant: a signature for one ticket is worth nothing at another."""
    return f"{organization}/{issue_key}"


def signed(message: Signed, key: str, to: str, at: datetime) -> Signed:
    """`at` is the sender's clock, with its time zone."""
    dated = message.model_copy(update={"at": at, "signature": None})
    return dated.model_copy(update={"signature": _signature(dated, key, to)})


def is_genuine(message: Said, keys: Sequence[str], to: str, heard_at: datetime) -> bool:
    """Signed by any of the keys, for this addressee, not long before it was heard. (The clocks of
    sender and server may differ by as much.)"""
    if message.signature is None or message.at is None or message.at.tzinfo is None:
        return False
    if abs(heard_at - message.at) > FRESH:
        return False
    given = message.signature.encode()
    return any(
        hmac.compare_digest(_signature(message, key, to).encode(), given) for key in keys if key
    )


def _signature(message: Said, key: str, to: str) -> str:
    """HMAC-SHA256, hex, over JSON with sorted keys: everything that is said, but the signature."""
    content = message.model_dump(mode="json", exclude={"signature"})
    text = json.dumps([to, content], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()
