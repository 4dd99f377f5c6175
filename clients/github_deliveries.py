"""GitHub's own list of what it delivered by a repository's webhook, and what was in it."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

import httpx2
from pydantic import BaseModel, JsonValue, TypeAdapter

from errors import PermanentError, RetryLaterError

PATIENCE = timedelta(seconds=20)
PAGE = 100
T = TypeVar("T")
HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}


class GitHubRefusedError(PermanentError):
    """GitHub does not answer this question to whoever holds the token."""


class Listed(BaseModel, frozen=True):
    """One attempt; a repeated one has the same `guid`."""

    id: int
    guid: str
    delivered_at: datetime
    event: str


LISTED = TypeAdapter(list[Listed])


class GitHubDeliveries:
    """https://docs.github.com/rest/repos/webhooks. The token needs to read the repository's
    webhooks; `repository` is `owner/name`."""

    def __init__(self, token: str, repository: str, api: str) -> None:
        headers = HEADERS | {"Authorization": f"Bearer {token}"}
        self._repository = repository
        self._client = httpx2.AsyncClient(
            base_url=api, headers=headers, timeout=PATIENCE.total_seconds()
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def hook_ending_in(self, path: str) -> int:
        """The webhook that posts to this path. Raises GitHubRefusedError when there is none, or
        more than one."""
        hooks = await self._get(f"/repos/{self._repository}/hooks", {"per_page": str(PAGE)})
        found = _read(hooks, lambda all: [one["id"] for one in all if _url(one).endswith(path)])
        if len(found) != 1:
            raise GitHubRefusedError(
                f"{len(found)} webhooks of {self._repository} lead to {path}; say which by --hook"
            )
        return int(found[0])

    async def since(self, hook: int, since: datetime) -> AsyncIterator[Listed]:
        """The newest first. GitHub remembers the last 30 days at most. The token is shown to no
        other host, whatever an answer calls the next page."""
        url: str | None = f"/repos/{self._repository}/hooks/{hook}/deliveries"
        query = {"per_page": str(PAGE)}
        while url is not None:
            page = await self._get(url, query)
            for listed in _read(page, LISTED.validate_python):
                if listed.delivered_at < since:
                    return
                yield listed
            url, query = page.links.get("next", {}).get("url"), {}
            if url is not None and page.url.join(url).host != page.url.host:
                raise GitHubRefusedError("GitHub's list goes on at another host; is it GitHub?")

    async def content(self, hook: int, id: int) -> tuple[dict[str, str], JsonValue]:
        """Headers, by names in small letters, and payload of what GitHub sent."""
        url = f"/repos/{self._repository}/hooks/{hook}/deliveries/{id}"
        return _read(await self._get(url, {}), _content)

    async def _get(self, url: str, query: dict[str, str]) -> httpx2.Response:
        try:
            answer = await self._client.get(url, params=query or None)
        except httpx2.TransportError as error:
            raise RetryLaterError(
                f"GitHub does not answer at {self._client.base_url}: {error}. Is GITHUB_API_URL "
                "right? Else try again in a moment",
                timedelta(seconds=30),
            ) from error
        status = answer.status_code
        spent = answer.headers.get("x-ratelimit-remaining") == "0"
        if status == 429 or (status == 403 and (spent or "retry-after" in answer.headers)):
            seconds = answer.headers.get("retry-after", "60")
            delay = timedelta(seconds=int(seconds) if seconds.isdigit() else 60)
            raise RetryLaterError("GitHub answers no more for now", delay)
        if status >= 500:
            raise RetryLaterError(f"GitHub answers {status}", timedelta(seconds=30))
        if status >= 400:
            raise GitHubRefusedError(
                f"GitHub answers {status} to {answer.url.path}: may GITHUB_TOKEN read the "
                "webhooks of this repository?"
            )
        return answer


def _read(answer: httpx2.Response, read: Callable[[Any], T]) -> T:
    try:
        return read(answer.json())
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise GitHubRefusedError(
            f"{answer.url} answers, but not as GitHub does. Is GITHUB_API_URL right?"
        ) from error


def _content(told: Any) -> tuple[dict[str, str], JsonValue]:
    request = told["request"]
    headers = {str(name).lower(): str(value) for name, value in request["headers"].items()}
    return headers, request["payload"]


def _url(hook: dict[str, Any]) -> str:
    return str(hook.get("config", {}).get("url", "")).rstrip("/")
