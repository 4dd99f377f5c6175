"""A ticket out of a file that somebody wrote by hand: Markdown, YAML or JSON."""

import json
import re
from pathlib import PurePath

from pydantic import ValidationError

from cli.exits import WrongUseError
from cli.terminal import plain
from cli.wish import description
from contracts.issues import ISSUE_KEY, Ticket
from faults import faults
from policy.yaml_tree import UnreadableYamlError, read_yaml

NO_KEY = "TRY-1"
CRITERIA = "acceptance criteria"
HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*\s*")
KEY_AND_TITLE = re.compile(rf"(?:({ISSUE_KEY[1:-1]})(?::|\s-)?\s+)?(.+)")


def read_ticket(path: str) -> Ticket:
    """`-` is Markdown on standard input. A ticket without a key gets TRY-1. Raises WrongUseError
    and NotFoundError."""
    name, text = plain(path, 200), description(path)
    fields = _fields(name, PurePath(path).suffix.lower(), text)
    if unknown := sorted(set(fields) - set(Ticket.model_fields)):
        known = ", ".join(Ticket.model_fields)
        raise WrongUseError(f"{name}: a ticket has no `{plain(unknown[0], 60)}`. It has {known}.")
    try:
        return Ticket.model_validate({"key": NO_KEY, **fields})
    except ValidationError as error:
        raise WrongUseError(f"{name}: {faults(error)}") from error


def _fields(name: str, suffix: str, text: str) -> dict[str, object]:
    match suffix:
        case ".json":
            value = _json(name, text)
        case ".yaml" | ".yml":
            value = _yaml(name, text)
        case _:
            return _markdown(name, text)
    if not isinstance(value, dict):
        raise WrongUseError(f"{name} is not a ticket: it needs fields, such as `title`.")
    return value


def _json(name: str, text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WrongUseError(f"{name} is not JSON: {plain(str(error), 200)}.") from error


def _yaml(name: str, text: str) -> object:
    try:
        return read_yaml(text).value
    except UnreadableYamlError as error:
        raise WrongUseError(f"{name}:{error.line}: {error}") from error


def _markdown(name: str, text: str) -> dict[str, object]:
    """The first heading is key and title, a section of that name the acceptance criteria."""
    head, _, body = text.lstrip().partition("\n")
    heading = HEADING.fullmatch(head)
    found = KEY_AND_TITLE.fullmatch(heading[2]) if heading else None
    if found is None:
        raise WrongUseError(f"{name} does not begin with a title: `# PROJ-123: What is wanted`.")
    told, criteria = _sections(body)
    fields = {"title": found[2], "description": told, "acceptance_criteria": criteria}
    return {"key": found[1], **fields} if found[1] else dict(fields)


def _sections(body: str) -> tuple[str, str]:
    """The text, and apart from it what stands below the heading of the acceptance criteria, up to
    a heading that is not below that one."""
    told: list[str] = []
    criteria: list[str] = []
    depth = 0  # Of the criteria's heading, while we are below it.
    for line in body.splitlines():
        heading = HEADING.fullmatch(line)
        if heading and heading[2].rstrip(":").lower() == CRITERIA:
            depth = len(heading[1])
            continue
        if heading and len(heading[1]) <= depth:
            depth = 0
        (criteria if depth else told).append(line)
    return "\n".join(told).strip(), "\n".join(criteria).strip()
