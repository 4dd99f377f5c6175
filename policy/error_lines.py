"""An error in the words that a log may hold: what, where and why, without the values."""

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from pydantic import ValidationError

from contracts.text import clipped

MESSAGE = 500
HERE = str(Path(__file__).parents[1])


def first_line(error: BaseException) -> str:
    """What libraries write below it are the values: Postgres its failing row, SQLAlchemy its
    parameters, pydantic its input. These may be a ticket's text."""
    said = _faults(error) if isinstance(error, ValidationError) else str(error)
    return clipped(said.strip().partition("\n")[0], MESSAGE)


def error_lines(error: BaseException, seen: frozenset[int] = frozenset()) -> Iterator[str]:
    """The newest error first, and within it the innermost place, so that a cut takes what matters
    least; then what it came from, and what a group holds."""
    yield f"{type(error).__name__}: {first_line(error)}"
    yield from reversed(list(_places(error.__traceback__)))
    origin = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    held = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    seen |= {id(error)}
    for other in (*held, origin):
        if other is not None and id(other) not in seen:
            yield from error_lines(other, seen)


def _places(trace: TracebackType | None) -> Iterator[str]:
    while trace is not None:
        code = trace.tb_frame.f_code
        file = code.co_filename.rpartition("site-packages/")[2].removeprefix(f"{HERE}/")
        yield f"  {file}:{trace.tb_lineno} {code.co_name}"
        trace = trace.tb_next


def _faults(error: ValidationError) -> str:
    faults = error.errors(include_url=False, include_input=False, include_context=False)
    said = (f"{'.'.join(map(str, fault['loc']))} {fault['type']}" for fault in faults)
    return f"{error.title}: {', '.join(said)}"
