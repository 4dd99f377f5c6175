"""What a failure of Temporal means for whoever typed the command."""

import pytest
from temporalio.service import RPCError, RPCStatusCode

from cli.verdicts import is_away, verdict


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


def test_what_it_refuses_it_would_refuse_again() -> None:
    error = RPCError("Namespace x is not there", RPCStatusCode.NOT_FOUND, b"")
    assert verdict(error) == (1, "Temporal refused: Namespace x is not there (NOT_FOUND).")
