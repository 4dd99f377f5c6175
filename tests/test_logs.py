"""Logs as they leave a process: a line of JSON each, without secrets and tickets' text."""

import io
import json
import logging
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from temporalio import activity, workflow

from contracts.issues import Ticket
from db.engine import Sessions, open_sessions
from logs import set_up_logs
from tests.model_server import refused_origin

SECRET = "hunter22"
TICKET = Ticket(key="PROJ-1", title="Totals", description="the customer's own words")
Lines = Callable[[], list[dict[str, Any]]]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, hook = list(root.handlers), root.level, sys.excepthook
    yield
    root.handlers, sys.excepthook = handlers, hook
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    activity.logger.activity_info_on_message = True
    workflow.logger.workflow_info_on_message = True


def redact(text: str) -> str:
    return text.replace(SECRET, "[redacted]")


@pytest.fixture
def lines() -> Lines:
    stream = io.StringIO()
    set_up_logs("INFO", redact, stream)
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize("name", ["httpx2", "httpcore2.http11", "slack_sdk.webhook", "openai"])
def test_where_a_request_went_is_nobodys_business(lines: Lines, name: str) -> None:
    logging.getLogger(name).info("HTTP Request: POST https://chat.test/hooks/%s", "its-own-secret")
    assert lines() == []


@pytest.mark.parametrize("name", ["temporalio.worker", "sqlalchemy.engine", "uvicorn.error"])
def test_libraries_records_are_lines_of_json_like_our_own(lines: Lines, name: str) -> None:
    logging.getLogger(name).warning("%s has %d", "it", 3, extra={"color_message": "it"})
    (line,) = lines()
    assert line.pop("timestamp").endswith("+00:00")
    assert line == {"event": "it has 3", "level": "warning", "logger": name}


def test_structlogs_own_loggers_take_the_same_way(lines: Lines) -> None:
    structlog.get_logger("ours").info("begins", phase="CODE", password=SECRET)
    (line,) = lines()
    assert (line["event"], line["phase"], line["password"]) == ("begins", "CODE", "[redacted]")
    assert (line["level"], line["logger"]) == ("info", "ours")


def test_what_is_below_the_level_is_not_said(lines: Lines) -> None:
    logging.getLogger("ours").debug("begins")
    structlog.get_logger("ours").debug("begins")
    assert lines() == []


def test_secrets_are_redacted_in_messages_fields_and_errors(lines: Lines) -> None:
    try:
        raise ValueError(f"cannot log in with {SECRET}")
    except ValueError:
        logging.getLogger("ours").exception("with %s", SECRET, extra={"used": f"x{SECRET}x"})
    (line,) = lines()
    assert line["event"] == "with [redacted]"
    assert line["used"] == "x[redacted]x"
    assert line["exception"].startswith("ValueError: cannot log in with [redacted]\n")


def test_a_ticket_is_named_by_its_type_wherever_it_is_put(lines: Lines) -> None:
    logging.getLogger("ours").info("opened %s", TICKET, extra={"ticket": TICKET})
    logging.getLogger("ours").info("opened %(ticket)s", {"ticket": TICKET})
    structlog.get_logger("ours").info("opened", ticket=TICKET, all={"text": TICKET.description})
    assert [line["event"] for line in lines()] == ["opened <Ticket>", "opened <Ticket>", "opened"]
    assert TICKET.description not in json.dumps(lines())


def test_the_input_of_a_model_that_is_refused_is_not_said(lines: Lines) -> None:
    try:
        Ticket.model_validate({"key": TICKET.description, "title": "x"})
    except ValueError as error:
        logging.getLogger("ours").warning("refused: %s", error, exc_info=True)
    (line,) = lines()
    assert line["event"] == "refused: Ticket: key string_pattern_mismatch"
    assert TICKET.description not in json.dumps(line)


async def test_the_row_that_postgres_refuses_is_not_said(lines: Lines, sessions: Sessions) -> None:
    statement = text("INSERT INTO organizations (id, slug) VALUES (NULL, :words)")
    with pytest.raises(IntegrityError) as refused:
        async with sessions.begin() as session:
            await session.execute(statement, {"words": TICKET.description})
    assert refused.value.orig is not None
    said_by_postgres = refused.value.orig.__cause__
    assert TICKET.description in str(said_by_postgres)
    for error in (refused.value, said_by_postgres):
        logging.getLogger("ours").error("not written: %s", error, exc_info=error)
    assert TICKET.description not in json.dumps(lines())
    assert all("null value in column" in line["exception"] for line in lines())


async def test_of_a_postgres_that_is_away_it_is_said_that_it_is(lines: Lines) -> None:
    nobody = refused_origin().replace("http://", "postgresql://user:password@") + "/slipway"
    async with open_sessions(nobody) as sessions, sessions() as session:
        with pytest.raises(OSError) as away:  # noqa: PT011
            await session.execute(text("SELECT 1"))
    for error in (away.value, OSError("of something else")):
        logging.getLogger("ours").warning("not done", exc_info=error)
    of_postgres, of_others = lines()
    assert of_postgres["event"] == "not done: Postgres does not answer"
    assert (of_postgres["error"], "exception" in of_postgres) == ("ConnectionRefusedError", False)
    assert (of_others["event"], "exception" in of_others) == ("not done", True)


def test_an_error_is_one_line_that_says_what_where_and_from_what(lines: Lines) -> None:
    try:
        try:
            raise KeyError("inner")
        except KeyError as error:
            raise ExceptionGroup("both", [OSError("first"), RuntimeError("x")]) from error
    except ExceptionGroup:
        logging.getLogger("ours").exception("failed")
    (line,) = lines()
    assert line["error"] == "ExceptionGroup"
    said = [told for told in line["exception"].splitlines() if not told.startswith("  ")]
    assert said[1:] == ["OSError: first", "RuntimeError: x", "KeyError: 'inner'"]
    assert "tests/test_logs.py:" in line["exception"].splitlines()[1]


def test_no_value_is_longer_than_two_thousand_characters(lines: Lines) -> None:
    logging.getLogger("ours").info(
        "a" * 1_000_000, extra={"long": "b" * 2_001, "fits": "c" * 2_000}
    )
    (line,) = lines()
    assert [len(line[name]) for name in ("event", "long", "fits")] == [2_000] * 3
    assert line["long"].endswith("more characters]")
    assert line["fits"] == "c" * 2_000


def test_a_secret_does_not_escape_by_being_cut_in_two(lines: Lines) -> None:
    for before in range(1_965, 1_985):
        logging.getLogger("ours").info("a" * before + SECRET + "b" * 100)
    assert not any("aaah" in line["event"] for line in lines())


def test_a_wrong_log_call_costs_its_arguments_and_not_the_line() -> None:
    stream = io.StringIO()
    # Handed over directly: pytest's own handler would raise.
    wrong = {"msg": "has %d of %d", "args": ("x",), "name": "ours", "levelname": "INFO"}
    set_up_logs("INFO", redact, stream).handle(logging.makeLogRecord(wrong))
    assert json.loads(stream.getvalue())["event"] == "has %d of %d"


def test_warnings_are_logged(lines: Lines) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)
        warnings.warn("old ways", stacklevel=1)
    assert "old ways" in lines()[0]["event"]


def test_an_error_that_ends_the_process_is_a_line_too(lines: Lines) -> None:
    error = RuntimeError("the end")
    sys.excepthook(RuntimeError, error, None)
    assert (lines()[0]["level"], lines()[0]["exception"]) == ("critical", "RuntimeError: the end")


def test_what_the_sdk_says_of_a_workflow_has_our_names(lines: Lines) -> None:
    said = {"workflow_id": "jira-work:acme:PROJ-1", "run_id": "r1", "attempt": 2, "namespace": "n"}
    extra = {"temporal_workflow": said, "__temporal_error_identifier": "WorkflowTaskFailure"}
    logging.getLogger("temporalio.workflow").warning("failed", extra=extra)
    (line,) = lines()
    del line["timestamp"]
    assert line == {
        "event": "failed",
        "level": "warning",
        "logger": "temporalio.workflow",
        "organization": "acme",
        "issue": "PROJ-1",
        "workflow": "jira-work:acme:PROJ-1",
        "run": "r1",
        "attempt": 2,
    }


def test_on_a_terminal_people_read_it_and_nobody_controls_it() -> None:
    terminal = Terminal()
    set_up_logs("INFO", redact, terminal)
    logging.getLogger("ours").info("said \x1b]0;owned\x07 \u202eback", extra={"issue": "PROJ-1"})
    shown = terminal.getvalue()
    assert "said  ]0;owned" in shown
    assert "PROJ-1" in shown
    assert "\u202e" not in shown
    assert "{" not in shown
