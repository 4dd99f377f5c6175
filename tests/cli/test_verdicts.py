"""What a failure of Temporal or Postgres means for whoever typed the command."""

import pytest
from asyncpg.exceptions import InternalClientError
from sqlalchemy.exc import InternalError
from temporalio.service import RPCError, RPCStatusCode

from cli.verdicts import is_away, verdict
from db.exits import verdict as db_verdict


@pytest.mark.parametrize(
    "status",
    [
        RPCStatusCode.UNAVAILABLE,
        RPCStatusCode.DEADLINE_EXCEEDED,
        RPCStatusCode.INTERNAL,
        RPCStatusCode.UNKNOWN,
    ],
)
def test_a_connection_that_breaks_is_asked_again(status: RPCStatusCode) -> None:
    assert is_away(RPCError("h2 protocol error: http2 error", status, b""))


def test_a_postgres_that_dies_amid_an_answer_is_asked_again() -> None:
    said = "cannot switch to state 15; another operation (2) is in progress"
    error = InternalError("ROLLBACK", None, InternalClientError(said))
    assert (is_away(error), (db_verdict(error) or (0, ""))[0]) == (True, 4)


def test_what_it_refuses_it_would_refuse_again() -> None:
    error = RPCError("Namespace x is not there", RPCStatusCode.NOT_FOUND, b"")
    assert verdict(error) == (1, "Temporal refused: Namespace x is not there (NOT_FOUND).")


def test_a_folder_that_cannot_be_used_is_no_server_that_is_away() -> None:
    code, said = verdict(FileNotFoundError(2, "No such file or directory", "/proc/none")) or (0, "")
    assert (code, is_away(ConnectionRefusedError(111, "refused"))) == (1, True)
    assert said.startswith("/proc/none can't be used: No such file or directory. Is SLIPWAY_STATE")
