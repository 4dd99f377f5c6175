"""Which addresses messages may be sent to: judged as written, and again once resolved."""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from errors import MisuseError
from policy.repositories import HOST, MAX_LENGTH, STORE_PORTS, leads_inwards

IP = ipaddress.IPv4Address | ipaddress.IPv6Address
# An IPv4 address at the end: NAT64, IPv4-compatible, IPv4-translated.
ENDING_IN_IPV4 = tuple(map(ipaddress.IPv6Network, ("64:ff9b::/96", "::/96", "::ffff:0:0:0/96")))
# Of one's own network, which not every Python says: local NAT64 (RFC 8215), site-local (RFC 3879).
LOCAL = tuple(map(ipaddress.IPv6Network, ("64:ff9b:1::/48", "fec0::/10")))
DEFAULT_PORTS = {"https": 443, "http": 80}


class UnsafeAddressError(MisuseError):
    """An address nothing is sent to; the message says which rule it breaks, not the address."""


@dataclass(frozen=True)
class Place:
    """Where a URL leads. `trusted`: an operator named this origin, so it may be private."""

    scheme: str
    host: str
    port: int
    trusted: bool


@dataclass(frozen=True)
class OutgoingRules:
    """`trusted` are origins such as `http://chat.internal:8065` that an operator vouches for."""

    production: bool
    trusted: frozenset[str] = field(default=frozenset())

    def place_of(self, url: str) -> Place:
        """Raises UnsafeAddressError for what is not even resolved."""
        parts, port = _read(url)
        host = (parts.hostname or "").lower()
        shown = f"[{host}]" if ":" in host else host
        trusted = not {f"{parts.scheme}://{shown}:{port}", f"{parts.scheme}://{shown}"}.isdisjoint(
            self.trusted
        )
        place = Place(parts.scheme, host, port, trusted)
        if not trusted and (reason := self._objection(place)):
            raise _unsafe(reason)
        return place

    def _objection(self, place: Place) -> str | None:
        if place.scheme == "http" and self.production:
            return "only https:// is allowed"
        if place.port == 0 or place.port in STORE_PORTS:
            return f"nobody takes messages on port {place.port}"
        return _objection_to_host(place.host)


def checked(place: Place, resolved: Iterable[str]) -> list[str]:
    """The addresses to connect to. One private address among them spoils all: who answers for a
    name could else pass the check with one and be called at the other."""
    addresses = list(resolved)
    if not addresses:
        raise _unsafe("its host has no address")
    if not place.trusted and not all(is_public(address) for address in addresses):
        raise _unsafe("its host leads to this machine or into a private network")
    return addresses


def is_public(address: str) -> bool:
    """For IPv6 also of the IPv4 address that gateways would make of it."""
    try:
        ip: IP = ipaddress.ip_address(address)
    except ValueError:
        return False
    if any(ip in network for network in LOCAL):
        return False
    return all(one.is_global and not one.is_multicast for one in (ip, *_inside(ip)))


def _inside(ip: IP) -> list[ipaddress.IPv4Address]:
    """RFC 4291 (mapped, compatible), RFC 3056 (6to4), RFC 4380 (Teredo), RFC 6052 (NAT64),
    RFC 2765 (translated)."""
    if isinstance(ip, ipaddress.IPv4Address):
        return []
    found = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
    if any(ip in network for network in ENDING_IN_IPV4):
        found.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
    return [one for one in found if one is not None]


def _read(url: str) -> tuple[SplitResult, int]:
    if not 0 < len(url) <= MAX_LENGTH or not url.isascii() or not url.isprintable():
        raise _unsafe("it is empty, too long, or not plain ASCII")
    if " " in url or "\\" in url:
        raise _unsafe("it holds a space or a backslash")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _unsafe("it can't be read as a URL") from None
    if parts.scheme not in DEFAULT_PORTS:
        raise _unsafe("only https:// is allowed")
    if "@" in parts.netloc:
        raise _unsafe("it carries a user or a password")
    return parts, DEFAULT_PORTS[parts.scheme] if port is None else port


def _objection_to_host(host: str) -> str | None:
    if ":" in host:
        return None if is_public(host) else "its host is an address of a private network"
    if not HOST.fullmatch(host):
        return "its host is not a plain host name"
    name = host.rstrip(".")
    if leads_inwards(name):
        return "its host is a name of this machine or of a private network"
    # Resolvers take 0x7f.1, 2130706433 and 017700000001 for addresses: only the usual form passes.
    if re.fullmatch(r"0x[0-9a-f]*|[0-9]+", name.rpartition(".")[2]) and not is_public(name):
        return "its host is no address, or one of a private network"
    return None


def _unsafe(reason: str) -> UnsafeAddressError:
    return UnsafeAddressError(f"Nothing is sent to this address: {reason}.")
