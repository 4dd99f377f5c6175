"""What variables must hold to mean anything. Each raises ValueError, in words that never repeat
what may be a secret."""

import ipaddress
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from pydantic import SecretStr

from errors import PermanentError
from policy.account_ids import is_heard
from policy.limits import limits_with
from policy.strict_json import read_json

BINDABLE = re.compile(r"(\d{1,3}(?:\.\d{1,3}){3}|\[[0-9A-Fa-f:.]+\]):(\d{1,5})")
HOST = re.compile(r"\w([\w.-]*\w)?\.?|[0-9A-Fa-f:.]+")
LONGEST_NAME = 200


def listed(text: str) -> frozenset[str]:
    """What stands between commas."""
    return frozenset(filter(None, map(str.strip, text.split(","))))


def bindable(address: str) -> str:
    found = BINDABLE.fullmatch(address)
    if found is None or not _is_ip(found[1].strip("[]")) or int(found[2]) > 65_535:
        raise ValueError(
            "must be an address of this machine and a port: 127.0.0.1:9464 or [::]:9464"
        )
    return address


def name(text: str) -> str:
    if not 0 < len(text) <= LONGEST_NAME or not text.isprintable() or " " in text:
        raise ValueError(f"must be a name without spaces, of {LONGEST_NAME} characters at most")
    return text


def label(text: str) -> str:
    """As people write it at a provider: with spaces, if they like."""
    if not 0 < len(text) <= LONGEST_NAME or not text.isprintable():
        raise ValueError(f"must be a label, on one line, of {LONGEST_NAME} characters at most")
    return text


def switch(text: str) -> str:
    """As Temporal reads one; answers true or false."""
    known = {"true": "true", "1": "true", "false": "false", "0": "false"}
    if (found := known.get(text.lower())) is None:
        raise ValueError("must be true or false")
    return found


def web_address(text: str) -> str:
    """Something is put behind it: it has no query."""
    parts = _web_parts(text)
    if parts is None or "?" in text or "#" in text:
        raise ValueError("must be an address such as https://slipway.example.org, without ? and #")
    return text


def token(secret: SecretStr) -> SecretStr:
    """Goes into a header as it is. An empty one is none."""
    if not re.fullmatch(r"[\x21-\x7e]*", secret.get_secret_value()):
        raise ValueError("holds a space, a line break or a letter that no token has: copy it anew")
    return secret


def origins(text: str) -> str:
    for place, one in enumerate(_each(text), start=1):
        parts = _web_parts(one)
        if parts is None or "@" in one or one != f"{parts[0]}://{parts[1]}".lower():
            raise ValueError(
                f"{_th(place)} is no origin: http(s)://host or http(s)://host:port, in small "
                "letters and with nothing behind it, such as http://chat.internal:8065"
            )
    return text


def own_accounts(text: str) -> str:
    for place, one in enumerate(_each(text), start=1):
        if not is_heard(one):
            raise ValueError(
                f"{_th(place)} is no account as webhooks name it: github:NUMBER, gitlab:NUMBER, "
                "bitbucket:ID, jira:ID or slack:WORKSPACE:USER, with commas between them"
            )
    return text


def proxies(text: str) -> str:
    """An asterisk means everybody."""
    for place, one in enumerate(_each(text) if text != "*" else (), start=1):
        if not (_is_network(one) if "/" in one else _is_ip(one)):
            raise ValueError(
                f"{_th(place)} is no address and no network: 10.0.0.7 or 10.0.0.0/8 (its last bits "
                "are zeros), with commas between them, or * alone for everybody"
            )
    return text


def json_object(text: object) -> object:
    try:
        return read_json(text.encode()) if isinstance(text, str) and text else text or {}
    except ValueError as error:
        raise ValueError(f"cannot be read: {error}") from None


def limits(changes: Mapping[str, str]) -> Mapping[str, str]:
    try:
        limits_with(changes)
    except PermanentError as error:
        raise ValueError(str(error)) from None
    return changes


def _each(text: str) -> list[str]:
    return [one for one in map(str.strip, text.split(",")) if one]


def _web_parts(text: str) -> tuple[str, str] | None:
    """Scheme, and host with its port, of what could be asked something."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None
    known = parts.scheme in ("http", "https") and port != 0 and not re.search(r"\s", text)
    if not known or HOST.fullmatch(parts.hostname or "") is None:
        return None
    return parts.scheme, parts.netloc


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True


def _th(place: int) -> str:
    """Which one of a list, counted from 1."""
    return f"entry {place}"
