"""A mistake of ours around an agent: repeated, it would be made again, and the agent paid again."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from traceback import extract_tb

from contracts.agents import AgentRun
from errors import OwnFaultError

# What our own mistakes look like, and no server's absence.
FAULTS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NameError,
    TypeError,
    ValueError,
)


@contextmanager
def paid_once(run: AgentRun) -> Iterator[None]:
    """Around what stands between an agent and its kept report. Raises OwnFaultError."""
    try:
        yield
    except FAULTS as error:
        if isinstance(error, OSError):
            raise
        raise OwnFaultError(_told(run, error)) from error


def _told(run: AgentRun, error: Exception) -> str:
    """Without the error's own text, which may quote what the agent said."""
    last = extract_tb(error.__traceback__)[-1]
    where = f"{type(error).__name__} in {Path(last.filename).name}, line {last.lineno}"
    return (
        f"Slipway itself failed around the work of {run.agent.name}, and would again: {where}. "
        f"The agent is not run a second time, since it may cost money. The whole trace is in the "
        f"worker's log and in this failure's cause; once it is mended: "
        f"starter.py work {run.ticket.key} --resume"
    )
