"""How a message may go wrong, and what an HTTP provider's answer means."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from contracts.notifications import NotificationStatus, ProviderAnswer
from contracts.text import clipped, storable
from errors import PermanentError, RetryLaterError

SAID = 2_000
FAILED, BOUNCED = NotificationStatus.FAILED, NotificationStatus.BOUNCED
# The receiver says itself that another try may help: RFC 9110, RFC 8470, RFC 6585.
TRY_AGAIN = frozenset({408, 425, 429})
LONGEST = timedelta(days=1)
NOW = timedelta()


class DeclinedError(PermanentError):
    """The provider refused the message for good; `answer` holds its words."""

    def __init__(self, answer: ProviderAnswer) -> None:
        super().__init__(answer.said)
        self.answer = answer


class UnreachedError(RetryLaterError):
    """It may arrive later. `delay` is the provider's wish; zero when it has none. `at_fault` is
    false for a provider that is well and only wants us slower."""

    def __init__(
        self, answer: ProviderAnswer, delay: timedelta = NOW, at_fault: bool = True
    ) -> None:
        super().__init__(answer.said, delay)
        self.answer, self.at_fault = answer, at_fault


def delivered(code: int, said: str, thread_id: str | None = None) -> ProviderAnswer:
    return ProviderAnswer(
        status=NotificationStatus.DELIVERED, code=code, said=words(said), thread_id=thread_id
    )


def unreached(why: str) -> UnreachedError:
    """Nobody answered. Whether the message arrived is unknown: its key is in it."""
    return UnreachedError(ProviderAnswer(status=FAILED, said=words(why)))


def redirected(code: int) -> DeclinedError:
    return DeclinedError(
        ProviderAnswer(status=FAILED, code=code, said="redirects are not followed")
    )


def judged(code: int, headers: Mapping[str, str], said: str) -> ProviderAnswer:
    """The answer to a message that was taken. Raises DeclinedError and UnreachedError."""
    if 200 <= code < 300:
        return delivered(code, said)
    if 300 <= code < 400:
        raise redirected(code)
    shown = words(f"{code}: {said}" if said else str(code))
    answer = ProviderAnswer(status=FAILED, code=code, said=shown)
    if code in TRY_AGAIN or code >= 500 or code < 200:
        wish = retry_after(headers.get("retry-after"), datetime.now(UTC))
        raise UnreachedError(answer, wish, at_fault=code != 429)
    raise DeclinedError(answer)


def retry_after(header: str | None, now: datetime) -> timedelta:
    """Seconds or a date, RFC 9110 section 10.2.3; zero for none, and for what can't be read."""
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=int(text[:9])), LONGEST)
    try:
        then = parsedate_to_datetime(text)
    except (ValueError, IndexError, TypeError):
        return NOW
    then = then if then.tzinfo else then.replace(tzinfo=UTC)
    return min(max(then - now, NOW), LONGEST)


def words(text: str) -> str:
    """What a provider said, fit for the tables."""
    return clipped(str(storable(text)), SAID)
