"""What is wrong with a playbook and what to do about it, in words for the person who wrote it."""

import re
from difflib import get_close_matches

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from contracts.budgets import Budget, Caps
from contracts.playbooks import (
    BuiltinAgent,
    CommandAgent,
    Gate,
    HumanAgent,
    Limits,
    LlmAgent,
    Playbook,
    PlaybookPhase,
)
from contracts.text import clipped
from policy.yaml_tree import Path

Complaint = tuple[Path, str]
_KINDS: dict[str, type[BaseModel]] = {
    "builtin": BuiltinAgent,
    "command": CommandAgent,
    "human": HumanAgent,
    "llm": LlmAgent,
}
_PARTS: dict[str, type[BaseModel]] = {
    "phases": PlaybookPhase,
    "gate": Gate,
    "limits": Limits,
    "budget": Budget,
    "agent": Caps,
    "orchestration": Caps,
}
_REMEDIES = {
    "tuple_type": "not a list: write [one, two] or lines that begin with -",
    "model_type": "not a mapping: write keys with values below it",
    "model_attributes_type": "not a mapping: write keys with values below it",
    "string_type": "not text: put it in quotes",
    "bool_parsing": "neither true nor false: write one of them",
    "bool_type": "neither true nor false: write one of them",
    "too_short": "an empty list: name at least one",
    "time_delta_type": "not a duration: write it like 90s, 30m, 2h, 1h30m, 7d or PT2H",
    "time_delta_parsing": "not a duration: write it like 90s, 30m, 2h, 1h30m, 7d or PT2H",
}


def complaint(detail: ErrorDetails) -> Complaint:
    """One of pydantic's errors about a Playbook, with the path as it stands in the file."""
    path, model = _place(detail["loc"])
    wrong = clipped(str(detail["input"]), 100)
    match detail["type"]:
        case "extra_forbidden":
            known = [name for name in model.model_fields if (model, name) != (Playbook, "name")]
            return path, _at(path[:-1], f"unknown key `{path[-1]}`: {_hint(path[-1], known)}")
        case "missing":
            return path, _at(path[:-1], f"`{path[-1]}` is missing: add it")
        case "union_tag_not_found":
            return path, _at(path, f"`kind` is missing: {_hint('', list(_KINDS))}")
        case "union_tag_invalid":
            kind = detail["ctx"]["tag"]
            what = f"`{clipped(str(kind), 100)}` is no kind of agent: {_hint(kind, list(_KINDS))}"
            return (*path, "kind"), _at((*path, "kind"), what)
        case "enum" | "literal_error" if choices := re.findall(r"'([^']+)'", detail["msg"]):
            return path, _at(path, f"`{wrong}` is not known: {_hint(wrong, choices)}")
        case "string_pattern_mismatch":
            return path, _at(path, f"`{wrong}` does not fit: {_spelling(path)}")
        case "value_error":
            return path, _at(path, detail["msg"].removeprefix("Value error, "))
        case other:
            remedy = _REMEDIES.get(other) or f"`{wrong}`: {detail['msg'].removeprefix('Input ')}"
            return path, _at(path, remedy)


def _place(location: Path) -> tuple[Path, type[BaseModel]]:
    """The path as it stands in the file, and the model that holds its last key. Pydantic puts an
    agent's kind between its index and its keys."""
    if location[2:3] == ("agents",) and len(location) > 4:
        path = location[:4] + location[5:]
        return path, Limits if "limits" in path[4:-1] else _KINDS[str(location[4])]
    parts = [_PARTS[str(key)] for key in location[:-1] if key in _PARTS]
    return location, parts[-1] if parts else Playbook


def _at(path: Path, what: str) -> str:
    words = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)
    return f"{words.lstrip('.')}: {what}" if words else what


def _spelling(path: Path) -> str:
    if "environment" in path:
        return "name a variable, in letters, digits and _; its value does not belong here"
    return "use up to 40 small letters, digits and hyphens, beginning with a letter"


def _hint(wrong: object, known: list[str]) -> str:
    """A misspelt word is likelier than a wrong one."""
    words = {word.lower(): word for word in known}
    close = get_close_matches(str(wrong).lower(), words, n=1)
    return f"did you mean `{words[close[0]]}`?" if close else f"use one of {', '.join(known)}"
