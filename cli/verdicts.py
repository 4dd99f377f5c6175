"""Which failure ends with which exit code, and in which words."""

from pydantic import ValidationError
from temporalio.client import RPCTimeoutOrCancelledError
from temporalio.service import RPCError, RPCStatusCode

from cli.exits import AWAY, FAILED, WRONG_USE, ServerAwayError, code_of
from cli.postgres_verdicts import of_postgres
from errors import PermanentError, RetryLaterError
from faults import faults

Verdict = tuple[int, str]
STATE_DIR = "Is SLIPWAY_STATE_DIR a folder that you may write to?"
# The last two are what a connection that breaks looks like from here.
UNANSWERED = (
    RPCStatusCode.UNAVAILABLE,
    RPCStatusCode.DEADLINE_EXCEEDED,
    RPCStatusCode.CANCELLED,
    RPCStatusCode.RESOURCE_EXHAUSTED,
    RPCStatusCode.INTERNAL,
    RPCStatusCode.UNKNOWN,
)


def verdict(error: BaseException) -> Verdict | None:
    """Exit code and what to say; None for what is nobody's mistake but ours."""
    match error:
        case ValidationError():
            return WRONG_USE, faults(error)
        case PermanentError():
            return code_of(error), str(error)
        case RetryLaterError() | ServerAwayError():
            return AWAY, str(error)
        case _:
            return of_postgres(error) or _of_temporal(error)


def is_away(error: BaseException) -> bool:
    """Whether a server did not answer, so that asking again may help."""
    found = verdict(error)
    return found is not None and found[0] == AWAY


def _of_temporal(error: BaseException) -> Verdict | None:
    match error:
        case RPCError() if error.status in UNANSWERED:
            return AWAY, f"Temporal does not answer ({error.status.name}). Try again in a moment."
        case RPCError():
            return FAILED, f"Temporal refused: {error.message} ({error.status.name})."
        case RPCTimeoutOrCancelledError():
            return AWAY, "No answer in time: is a worker running? Look with status, then try again."
        case OSError() if error.filename is not None:
            return FAILED, f"{error.filename} can't be used: {error.strerror}. {STATE_DIR}"
        case OSError():
            # A timeout says nothing of itself.
            said = str(error) or "no answer in time"
            return AWAY, f"A server does not answer: {said}. Try again in a moment."
        case _:
            return None
