"""What the form of an approval page sends, and who sends it."""

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from urllib.parse import parse_qs

from starlette.requests import Request

from contracts.approvals import DecisionKind
from contracts.text import MAX_COMMENT, clipped, storable
from db.approval_links import Caller
from policy.forms import FORM

FIELDS = 5
REMARK = "COMMENT"


class UnreadableFormError(Exception):
    """Not what our own form sends."""


@dataclass(frozen=True)
class Said:
    """`decision` is None for a comment that decides nothing."""

    decision: DecisionKind | None
    comment: str


def said_in(content_type: str, body: bytes) -> Said:
    """Raises UnreadableFormError."""
    if content_type.partition(";")[0].strip().lower() != FORM:
        raise UnreadableFormError("not a form")
    try:
        fields = parse_qs(
            body.decode("ascii"), keep_blank_values=True, max_num_fields=FIELDS, errors="strict"
        )
        (decision,) = fields.get("decision", [])
        (comment,) = fields.get("comment", [""])
        kind = None if decision == REMARK else DecisionKind(decision)
    except ValueError as error:
        raise UnreadableFormError("unusable fields") from error
    text = str(storable(comment)).replace("\r\n", "\n").strip()
    if len(text) > MAX_COMMENT:
        raise UnreadableFormError("too long a comment")
    return Said(kind, text)


def caller_of(request: Request) -> Caller:
    agent = str(storable(request.headers.get("user-agent", "")))
    host = request.client.host if request.client else ""
    return Caller(_address(host.partition("%")[0]), clipped(agent, 300))


def _address(host: str) -> str | None:
    try:
        address = ip_address(host)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)
