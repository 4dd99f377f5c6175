"""The files of a deployment, read as the programs that use them would read them."""

import json
import os
import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
DOCKERFILES = [ROOT / "Dockerfile", *sorted((ROOT / "deploy").glob("*.Dockerfile"))]
MODES = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


def instructions(dockerfile: Path) -> list[tuple[str, str]]:
    """Pairs of instruction and the rest, with continued lines joined."""
    lines = [line for line in dockerfile.read_text().splitlines() if not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in joined.splitlines() if line]


def last(dockerfile: Path, instruction: str) -> str:
    """What counts in the image that comes out."""
    return [rest for name, rest in instructions(dockerfile) if name == instruction][-1]


def exec_form(dockerfile: Path, instruction: str) -> list[str]:
    """Raises ValueError for the form that a shell reads, and that no signal comes through."""
    words = last(dockerfile, instruction)
    found: list[str] = json.loads(words[words.index("[") :])
    return found


def variables(dockerfile: Path) -> dict[str, str]:
    return dict(word.split("=", 1) for word in last(dockerfile, "ENV").split())


def is_sent(path: str) -> bool:
    """Whether .dockerignore lets a file of the repository into the image: the last match counts,
    and what holds for a folder holds for what is in it."""
    sent = True
    places = [path, *(str(parent) for parent in Path(path).parents)][:-1]
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        pattern = line.removeprefix("!")
        if line.startswith("#") or not any(_matches(place, pattern) for place in places):
            continue
        sent = line.startswith("!")
    return sent


def _matches(place: str, pattern: str) -> bool:
    if pattern.startswith("**/"):
        return fnmatchcase(Path(place).name, pattern.removeprefix("**/"))
    # A star does not reach over a slash.
    same_depth = place.count("/") == pattern.count("/")
    return same_depth and fnmatchcase(place, pattern)


def context() -> list[Path]:
    """The files that become the image, relative to the repository."""
    found = []
    for folder, names, files in os.walk(ROOT):
        here = Path(folder).relative_to(ROOT)
        names[:] = [name for name in names if here != Path() or is_sent(name)]
        found += [here / name for name in files if is_sent(str(here / name))]
    return sorted(found)


SECRETS = (
    *("POSTGRES_PASSWORD", "VALKEY_PASSWORD"),
    *("SLIPWAY_ENCRYPTION_KEYS", "SLIPWAY_DECISION_KEY"),
)
"""What docker-compose.yml demands."""


def compose(**given: str) -> dict[str, Any]:
    """docker-compose.yml with its variables filled in. Raises KeyError for a missing one."""

    def fill(match: re.Match[str]) -> str:
        name, mode, default = match.groups()
        return given.get(name, default) if mode == "-" else given[name]

    text = (ROOT / "docker-compose.yml").read_text()
    found: dict[str, Any] = yaml.safe_load(MODES.sub(fill, text))
    return found
