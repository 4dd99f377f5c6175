"""Reading what an agent reports: anything may stand there."""

import json
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError

from clients.foreign_files import UnreadableFileError, read_foreign
from contracts.agents import Report
from contracts.text import clipped, one_line, uncoloured

MAX_REPORT = 2**20
MAX_DIGITS = 18
MAX_WORDS = 2_000
M = TypeVar("M", bound=BaseModel)


class UnreadableReportError(Exception):
    """What the agent said is no report."""


def read_report(said: bytes) -> Report:
    """Raises UnreadableReportError, whatever is said."""
    return read_json(said, Report)


def read_json(said: bytes, kind: type[M]) -> M:
    """Raises UnreadableReportError, whatever is said."""
    if len(said) > MAX_REPORT:
        raise UnreadableReportError(f"the report is longer than {MAX_REPORT:,} bytes")
    try:
        return kind.model_validate(_json(said.decode(errors="replace")))
    except RecursionError as error:
        raise UnreadableReportError("the report is nested too deeply") from error
    except ValidationError as error:
        raise UnreadableReportError(_complaints(error)) from error
    except ValueError as error:
        raise UnreadableReportError(f"the report is not JSON: {one_line(str(error))}") from error


def in_file(file: Path) -> bytes:
    """Empty without a file. Raises UnreadableReportError."""
    try:
        return (read_foreign(file, MAX_REPORT) or b"").strip()
    except UnreadableFileError as error:
        raise UnreadableReportError(str(error)) from error


def last_line(said: bytes) -> bytes:
    return said.rstrip().rpartition(b"\n")[2].strip()


def last_words(said: bytes) -> str:
    """Without what only colours a terminal: of that an end can be full."""
    return _text(said).strip()[-MAX_WORDS:].lstrip()


def first_words(said: bytes) -> str:
    return _text(said[: 4 * MAX_WORDS]).strip()[:MAX_WORDS].rstrip()


def _text(said: bytes) -> str:
    return uncoloured(said.decode(errors="replace").replace("\0", ""))


def _json(text: str) -> object:
    return json.loads(
        text,
        object_pairs_hook=_object,
        parse_int=_integer,
        parse_float=_decimal,
        parse_constant=_refused,
    )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return names


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"a number has more than {MAX_DIGITS} digits")
    return int(digits)


def _decimal(digits: str) -> Decimal:
    try:
        number = Decimal(digits)
    except InvalidOperation:  # An exponent that not even Decimal can hold.
        number = Decimal("Infinity")
    if not number.is_finite() or abs(number.adjusted()) > MAX_DIGITS:
        raise ValueError("a number is out of all proportion")
    return number


def _refused(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a number of JSON")


def _complaints(error: ValidationError) -> str:
    details = error.errors(include_url=False, include_input=False, include_context=False)[:5]
    places = (".".join(str(part) for part in detail["loc"]) or "report" for detail in details)
    said = (f"{place}: {detail['msg']}" for place, detail in zip(places, details, strict=True))
    return clipped(one_line("; ".join(said)))
