"""HTTP to addresses that others chose: resolved and judged anew for each message."""

import asyncio
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from types import TracebackType
from typing import Self

import httpx2

from clients.notifiers.answers import judged, unreached
from contracts.notifications import ProviderAnswer
from policy.addresses import OutgoingRules, Place, checked

PATIENCE = timedelta(seconds=10)
ENOUGH = 10_000
UNCOMPRESSED = {"Accept-Encoding": "identity"}


@dataclass(frozen=True)
class Letter:
    """What is posted; `headers` hold the content's type."""

    content: bytes
    headers: Mapping[str, str]


async def addresses_of(place: Place) -> list[str]:
    """Where this host is now. Raises UnsafeAddressError, and UnreachedError when nobody knows."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(
            place.host, place.port, type=socket.SOCK_STREAM
        )
    except (OSError, UnicodeError):
        raise unreached(f"the host {place.host} is not found") from None
    return checked(place, dict.fromkeys(str(info[4][0]) for info in found))


@cache
def _authorities() -> ssl.SSLContext:
    """Whom this machine trusts. To read them takes some hundredths of a second."""
    return httpx2.create_ssl_context(trust_env=False)


class Outgoing:
    """Connects to the very address that was judged, so that no second look-up can lead elsewhere.
    No redirects, no proxies from the environment, no retries, and no more than ten seconds."""

    def __init__(self, rules: OutgoingRules, patience: timedelta = PATIENCE) -> None:
        self.rules, self.patience = rules, patience
        # Without connections that are kept: those to one address could serve another host.
        self._client = httpx2.AsyncClient(
            verify=_authorities(),
            timeout=patience.total_seconds(),
            follow_redirects=False,
            trust_env=False,
            limits=httpx2.Limits(max_keepalive_connections=0),
        )

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.__aexit__(kind, error, trace)

    async def post(self, url: str, letter: Letter) -> ProviderAnswer:
        """Raises UnsafeAddressError, DeclinedError and UnreachedError. Texts name the host, never
        the URL: what comes after it is often a secret."""
        place = self.rules.place_of(url)
        try:
            async with asyncio.timeout(self.patience.total_seconds()):
                addresses = await addresses_of(place)
                return await self._post(place, addresses[0], url, letter)
        except TimeoutError:
            seconds = self.patience.total_seconds()
            raise unreached(f"{place.host} did not answer within {seconds:g} s") from None
        except httpx2.HTTPError as error:
            raise unreached(f"{place.host}: {type(error).__name__}") from None

    async def _post(self, place: Place, address: str, url: str, letter: Letter) -> ProviderAnswer:
        request = self._client.build_request(
            "POST",
            httpx2.URL(url).copy_with(host=address),
            content=letter.content,
            headers={**letter.headers, **UNCOMPRESSED, "Host": _netloc(url)},
            extensions={"sni_hostname": place.host, "timeout": self._client.timeout.as_dict()},
        )
        response = await self._client.send(request, stream=True)
        try:
            said = await _beginning(response)
        finally:
            await response.aclose()
        return judged(response.status_code, response.headers, said)


def _netloc(url: str) -> str:
    return httpx2.URL(url).netloc.decode("ascii")


async def _beginning(response: httpx2.Response) -> str:
    """As much of the answer as is worth keeping; an endless one is not read to its end."""
    read = b""
    async for part in response.aiter_raw():
        read += part
        if len(read) >= ENOUGH:
            break
    return read[:ENOUGH].decode(errors="replace")
