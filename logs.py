"""How the processes log: a line of JSON each, or one that people read, on a terminal."""

import logging
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from traceback import walk_tb
from types import TracebackType
from typing import TextIO

import structlog
from pydantic import BaseModel
from structlog.stdlib import ProcessorFormatter
from structlog.types import EventDict, Processor, WrappedLogger
from temporalio import activity, workflow
from temporalio.exceptions import ApplicationError

from activities.log_context import issue_of
from contracts.text import clipped
from db.failures import Failure, failure_of
from errors import (
    BrokenChainError,
    LedgerConflictError,
    OwnFaultError,
    PermanentError,
    RetryLaterError,
)
from policy.error_lines import error_lines, first_line

Redact = Callable[[str], str]

MOST = 2_000
# What is beyond this is not even searched for secrets: it never gets into a line.
SEARCHED = 10 * MOST
# They log each request's address, which may be a secret itself, or its body; or, at each start,
# what they are.
TALKATIVE = ("httpx2", "httpcore2", "openai", "slack_sdk", "alembic")
# Named errors that are nobody's answer: somebody must find out where they come from.
FAULTS = (BrokenChainError, LedgerConflictError, OwnFaultError)
# Of the SDK, of its core and of uvicorn: all is said in the message, or by a better name.
UNWANTED = ("temporal_activity", "temporal_log", "__temporal_error_identifier", "color_message")


def set_up_logs(level: str, redact: Redact, stream: TextIO | None = None) -> logging.Handler:
    """Every logger's records take this one way out, libraries' included, to `stream` (standard
    error). Texts lose their secrets and what is beyond 2,000 characters. Models are named by
    their type, and of errors only the first line is said: so no ticket's text gets here, unless
    somebody formats it into a message. To be called once; answers the handler."""
    stream = stream or sys.stderr
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_formatter(redact, readable=stream.isatty()))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(True)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    sys.excepthook = _crashed
    # The line has fields for it.
    activity.logger.activity_info_on_message = False
    workflow.logger.workflow_info_on_message = False
    structlog.configure(
        processors=[*_gathered(), ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    return handler


class _Formatter(ProcessorFormatter):
    def format(self, record: logging.LogRecord) -> str:
        if isinstance(record.msg, str):
            record = logging.makeLogRecord(record.__dict__)
            record.msg, record.args = _message(record), ()
        return super().format(record)


def _formatter(redact: Redact, *, readable: bool) -> ProcessorFormatter:
    def bounded(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        return {name: _bounded(value, redact) for name, value in event.items()}

    page: list[Processor] = [_printable, structlog.dev.ConsoleRenderer(pad_event_to=0)]
    return _Formatter(
        foreign_pre_chain=[*_gathered(), structlog.stdlib.ExtraAdder()],
        processors=[
            _dated,
            _of_temporal,
            _error,
            ProcessorFormatter.remove_processors_meta,
            bounded,
            *(page if readable else [structlog.processors.JSONRenderer()]),
        ],
    )


def _gathered() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
    ]


def _message(record: logging.LogRecord) -> str:
    """A mistake in somebody's log call costs its arguments, not the line."""
    given = record.args
    try:
        if isinstance(given, dict):
            return str(record.msg % {name: _named(value) for name, value in given.items()})
        return str(record.msg % tuple(map(_named, given))) if given else str(record.msg)
    except (TypeError, ValueError, KeyError):
        return str(record.msg)


def _named(value: object) -> object:
    if isinstance(value, BaseModel):
        return f"<{type(value).__name__}>"
    return first_line(value) if isinstance(value, BaseException) else value


def _dated(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    when = datetime.fromtimestamp(event["_record"].created, UTC)
    return {"timestamp": when.isoformat(timespec="milliseconds"), **event}


def _of_temporal(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """What the SDK says of a running workflow, by the names of activities/log_context.py."""
    said = event.pop("temporal_workflow", None)
    for name in UNWANTED:
        event.pop(name, None)
    if not isinstance(said, dict):
        return event
    of_workflow = {
        **issue_of(said.get("workflow_id")),
        "workflow": said.get("workflow_id"),
        "run": said.get("run_id"),
        "attempt": said.get("attempt"),
    }
    return {**event, **of_workflow}


def _error(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    raised = event.pop("exc_info", None)
    error = sys.exc_info() if raised is True else raised or (None, None)
    found = error[1] if isinstance(error, tuple) else error
    if not isinstance(found, BaseException):
        return event
    if (answer := _answer(found)) is not None:
        said = f"{event.get('event')}: {first_line(answer)}"
        return {**event, "event": said, "error": type(answer).__name__}
    event["error"] = type(found).__name__
    if _is_postgres_away(found):
        return {**event, "event": f"{event.get('event')}: Postgres does not answer"}
    event["exception"] = "\n".join(error_lines(found))
    return event


def _answer(error: BaseException) -> BaseException | None:
    """What an activity refused with, on purpose (see activities/interceptor.py): people read what
    it says, and where in the code it was said helps nobody."""
    raised = error.__context__ if isinstance(error, ApplicationError) else None
    if isinstance(raised, FAULTS):
        return None
    return raised if isinstance(raised, (PermanentError, RetryLaterError)) else None


def _is_postgres_away(error: BaseException) -> bool:
    """The work goes on by itself, and all of it fails at once: where each part of it stood in the
    code helps nobody. The driver raises an OSError as it is; a server's answer says more."""
    if not isinstance(error, OSError):
        return failure_of(error) is Failure.AWAY
    frames = (frame for frame, _ in walk_tb(error.__traceback__))
    return any(frame.f_globals.get("__name__", "").startswith("asyncpg.") for frame in frames)


def _bounded(value: object, redact: Redact) -> object:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, (dict, list, tuple, set, bytes)):
        return f"<{type(value).__name__} of {len(value)}>"
    return clipped(redact(str(_named(value))[:SEARCHED]), MOST)


def _printable(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Nobody's text may control a terminal."""

    def visible(value: object) -> object:
        if not isinstance(value, str):
            return value
        return "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in value)

    return {name: visible(value) for name, value in event.items()}


def _crashed(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    logging.getLogger("slipway").critical("ends by an error nobody expected", exc_info=error)
