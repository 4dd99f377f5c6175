"""A provider that has much to tell: signed requests over many connections, each of them timed."""

import asyncio
import hmac
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

SECRET = "a secret that both ends know"
PATH = "/webhooks/github"
SIZE = 8_000


@dataclass(frozen=True)
class Sent:
    """`times` are the seconds of each answer, `rate` how many there were in one."""

    rate: float
    times: Sequence[float]


@dataclass(frozen=True)
class Post:
    event: str
    payload: dict[str, Any]


def large() -> Post:
    """Concerns nobody."""
    return Post("watch", _filled({"action": "started"}))


def push(key: str) -> Post:
    """To a branch that names the ticket."""
    payload: dict[str, Any] = {
        "ref": f"refs/heads/{key}-totals",
        "after": uuid4().hex + uuid4().hex[:8],
        "deleted": False,
        "commits": [{"message": f"{key}: round once"}],
        "repository": {
            "full_name": "acme/shop",
            "html_url": "https://github.test/acme/shop",
            "pushed_at": "2026-03-01T09:06:00Z",
        },
        "sender": {"id": 7001, "login": "rita"},
    }
    return Post("push", _filled(payload))


def _filled(payload: dict[str, Any]) -> dict[str, Any]:
    """Up to SIZE, with what GitHub's payloads are full of: names, addresses, numbers."""
    payload["repositories"] = []
    while len(json.dumps(payload)) < SIZE:
        name = f"acme/{uuid4().hex[:9]}"
        payload["repositories"].append(
            {
                "id": uuid4().int >> 96,
                "full_name": name,
                "private": False,
                "html_url": f"https://github.test/{name}",
                "keys_url": f"https://api.github.test/repos/{name}/keys{{/key_id}}",
                "pushed_at": "2026-03-01T09:06:00Z",
                "description": None,
            }
        )
    return payload


def requests(post: Post, number: int) -> list[bytes]:
    """Each with a delivery id of its own."""
    body = json.dumps(post.payload).encode()
    signature = hmac.digest(SECRET.encode(), body, "sha256").hex()
    return [_request(post.event, body, signature) for _ in range(number)]


def _request(event: str, body: bytes, signature: str) -> bytes:
    lines = (
        f"POST {PATH} HTTP/1.1",
        "host: slipway.test",
        "accept: */*",
        "user-agent: GitHub-Hookshot/044aadd",
        "content-type: application/json",
        f"content-length: {len(body)}",
        f"x-github-event: {event}",
        f"x-github-delivery: {uuid4()}",
        f"x-hub-signature-256: sha256={signature}",
    )
    return "\r\n".join((*lines, "", "")).encode() + body


async def send(port: int, posts: Sequence[bytes], connections: int) -> Sent:
    """Raises RuntimeError for any other answer than 202."""
    left = iter(posts)
    began = time.perf_counter()
    lanes = await asyncio.gather(*(_lane(port, left) for _ in range(connections)))
    took = time.perf_counter() - began
    return Sent(len(posts) / took, [one for lane in lanes for one in lane])


async def _lane(port: int, left: Iterator[bytes]) -> list[float]:
    """One connection: the next request goes out when the answer to the last one is there."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    times = []
    for post in left:
        began = time.perf_counter()
        writer.write(post)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 202"):
            raise RuntimeError(f"not taken in: {head!r}")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        await reader.readexactly(int(length))
        times.append(time.perf_counter() - began)
    writer.close()
    return times
