"""The project as the `railway` program gets it: `python -m tests.deployment.railway` prints it."""

import json
import os
import subprocess
import sys
from functools import cache
from typing import Any

from tests.deployment.files import ROOT

FILE = ROOT / ".railway" / "railway.py"
GIVEN = {"SLIPWAY_REPOSITORY": "owner/slipway"}
# As the program loads it: a module of its own, in a process of its own.
LOADER = """
import importlib.util, json, sys
specification = importlib.util.spec_from_file_location("railway_sdk_user", sys.argv[1])
module = importlib.util.module_from_spec(specification)
specification.loader.exec_module(module)
print(json.dumps(module.main().to_graph()))
"""
Graph = dict[str, Any]


def evaluated(**given: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", LOADER, FILE],
        env={"PATH": os.defpath, **given},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def rendered(**given: str) -> Graph:
    graph: Graph = json.loads(_printed(**GIVEN, **given))
    return graph


@cache
def _printed(**given: str) -> str:
    """Nothing but what is given decides on it, and to load the SDK takes a while."""
    done = evaluated(**given)
    assert done.returncode == 0, done.stderr
    return done.stdout


def resource(graph: Graph, name: str) -> Graph:
    [found] = [one for one in graph["resources"] if one["name"] == name]
    assert isinstance(found, dict)
    return found


def names(graph: Graph) -> set[str]:
    return {one["name"] for one in graph["resources"]}


if __name__ == "__main__":
    json.dump(rendered(), sys.stdout, indent=2)
    sys.stdout.write("\n")
