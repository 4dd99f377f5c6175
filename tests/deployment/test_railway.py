"""The Railway project, as it comes out of .railway/railway.py."""

import json
import re
import shlex
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from settings import Settings
from tests.deployment.files import ROOT, instructions, last
from tests.deployment.railway import Graph, evaluated, names, rendered, resource
from tests.deployment.variables import KNOWN, TEMPORAL_SERVER

SNAPSHOT = Path(__file__).with_name("railway.json")
# What Railway's own databases, and every service, tell of themselves.
TOLD = {
    "database.Postgres": {"DATABASE_URL", "PGHOST", "PGPORT", "PGUSER", "PGPASSWORD"},
    "database.Redis": {"REDIS_URL"},
}
TOLD_BY_ALL = {"RAILWAY_PRIVATE_DOMAIN", "RAILWAY_PUBLIC_DOMAIN"}
TEXTUAL = re.compile(r"\$\{\{([\w-]+)\.(\w+)\}\}")


@pytest.fixture(scope="module")
def graph() -> Graph:
    return rendered()


def variables(graph: Graph) -> Iterator[tuple[str, str, Graph]]:
    for one in graph["resources"]:
        for name, value in one.get("variables", {}).items():
            yield one["name"], name, value


def test_the_project_is_what_it_was(graph: Graph) -> None:
    """On purpose otherwise: python -m tests.deployment.railway > tests/deployment/railway.json"""
    assert graph == json.loads(SNAPSHOT.read_text())


def test_only_the_door_is_meant_for_the_public(graph: Graph) -> None:
    assert not [one["name"] for one in graph["resources"] if "networking" in one]
    door = resource(graph, "door")
    assert {door["variables"][name]["type"] for name in ("UI_USER", "UI_PASSWORD_HASH")} == {
        "preserve"
    }


def test_the_worker_is_drained_longer_than_it_needs_to_finish(graph: Graph) -> None:
    worker = resource(graph, "worker")
    given = worker["variables"]["GRACEFUL_SHUTDOWN_TIMEOUT"]["value"]
    graceful = TypeAdapter(timedelta).validate_python(given)
    assert graceful == Settings.model_fields["graceful_shutdown_timeout"].default
    draining = worker["deploy"]["drainingSeconds"]
    assert isinstance(draining, int)
    assert timedelta(seconds=draining) >= graceful + timedelta(seconds=15)


def test_migrations_come_before_the_deployment(graph: Graph) -> None:
    for built in (graph, rendered(SLIPWAY_ELSEWHERE="temporal postgres redis")):
        [command] = resource(built, "worker")["deploy"]["preDeployCommand"]
        shell, option, script = shlex.split(command)
        assert (shell, option) == ("sh", "-c")
        assert "python -m db migrate" in script.split(" && ")


def test_the_schema_of_temporal_comes_before_its_server(graph: Graph) -> None:
    temporal = resource(graph, "temporal")
    [program] = temporal["deploy"]["preDeployCommand"]
    steps = instructions(ROOT / temporal["build"]["dockerfilePath"])
    copied = {rest.split()[-1]: rest.split()[0] for name, rest in steps if name == "COPY"}
    assert copied[f"/usr/local/bin/{program}"] == "deploy/temporal-schema.sh"


def test_a_start_command_keeps_the_images_first_process(graph: Graph) -> None:
    starts = {
        one["name"]: one["deploy"]["startCommand"]
        for one in graph["resources"]
        if "startCommand" in one.get("deploy", {})
    }
    assert set(starts) == {"gateway"}
    first = json.loads(last(ROOT / "Dockerfile", "ENTRYPOINT"))
    program, script = shlex.split(starts["gateway"])[len(first) :]
    assert shlex.split(starts["gateway"])[: len(first)] == first
    assert (program, (ROOT / script).is_file()) == ("python", True)


def test_every_reference_leads_somewhere(graph: Graph) -> None:
    for _, _, value in variables(graph):
        if value["type"] == "reference":
            assert value["output"] in TOLD[value["resource"]]
        for service, output in TEXTUAL.findall(value.get("value", "")):
            assert service in names(graph)
            assert output in TOLD_BY_ALL


def test_every_variable_is_read_by_somebody(graph: Graph) -> None:
    known = KNOWN | TEMPORAL_SERVER
    assert [name for _, name, _ in variables(graph) if name not in known] == []


def test_what_is_built_and_watched_is_there(graph: Graph) -> None:
    builds = [one["build"] for one in graph["resources"] if "build" in one]
    for build in builds:
        assert build["builder"] == "DOCKERFILE"
        for pattern in (build["dockerfilePath"], *build["watchPatterns"]):
            assert list(ROOT.glob(pattern)), pattern


def test_health_is_asked_where_it_is_told(graph: Graph) -> None:
    health = (ROOT / "web" / "health.py").read_text()
    assert f'"{resource(graph, "worker")["deploy"]["healthcheckPath"]}"' in health
    door = resource(graph, "door")["deploy"]["healthcheckPath"]
    assert f"handle {door} " in (ROOT / "deploy" / "Caddyfile").read_text()


@pytest.mark.parametrize(
    ("elsewhere", "left"),
    [
        ("temporal", {"worker", "gateway", "Postgres", "Redis"}),
        ("postgres redis", {"worker", "gateway", "temporal", "temporal-ui", "door", "Postgres"}),
        ("temporal postgres redis", {"worker", "gateway"}),
    ],
)
def test_what_others_run_is_not_run_here(elsewhere: str, left: set[str]) -> None:
    built = rendered(SLIPWAY_ELSEWHERE=elsewhere)
    assert names(built) == left
    given = resource(built, "worker")["variables"]
    kept = {name for name, value in given.items() if value["type"] == "preserve"}
    assert ("TEMPORAL_API_KEY" in kept) == ("temporal" in elsewhere)
    assert ({"DATABASE_URL", "MIGRATION_DATABASE_URL"} <= kept) == ("postgres" in elsewhere)
    assert ("REDIS_URL" in kept) == ("redis" in elsewhere)


def test_an_image_with_agents_takes_the_place_of_the_built_one() -> None:
    worker = resource(rendered(SLIPWAY_IMAGE="registry.example.org/agents:1"), "worker")
    assert worker["source"] == {"type": "image", "image": "registry.example.org/agents:1"}
    assert "build" not in worker


@pytest.mark.parametrize(
    "given",
    [{}, {"SLIPWAY_REPOSITORY": "owner/slipway", "SLIPWAY_ELSEWHERE": "neon"}],
)
def test_a_wrong_variable_is_named(given: dict[str, str]) -> None:
    done = evaluated(**given)
    assert done.returncode != 0
    assert "WrongVariableError: " in done.stderr
