"""The image: what is in it, what is not, and that it works with real servers."""

import re
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from tests.conftest import NewDatabase
from tests.deployment.conftest import Environment, Image
from tests.deployment.files import DOCKERFILES, ROOT, context, exec_form, instructions, last
from tests.faults.patience import until

DOCKERFILE = ROOT / "Dockerfile"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: path.name)
def test_hadolint_finds_nothing(dockerfile: Path) -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    found = subprocess.run([hadolint, dockerfile], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout) == (0, "")


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: path.name)
def test_what_is_copied_from_here_is_sent(dockerfile: Path) -> None:
    sources = [
        source
        for name, rest in instructions(dockerfile)
        if name == "COPY" and "--from" not in rest
        for source in rest.split()[:-1]
    ]
    sent = {str(path) for path in context()}
    assert [s for s in sources if s != "." and s not in sent] == []


def test_commands_are_read_by_no_shell() -> None:
    assert exec_form(DOCKERFILE, "CMD") == ["python", "worker.py"]
    assert exec_form(DOCKERFILE, "ENTRYPOINT")[0] == "tini"
    assert exec_form(DOCKERFILE, "HEALTHCHECK")[0] == "python"


def test_it_runs_as_a_numbered_user_that_is_not_root() -> None:
    assert last(DOCKERFILE, "USER") == "10001:10001"


def test_railways_builder_takes_it() -> None:
    assert all(name != "VOLUME" for name, _ in instructions(DOCKERFILE))
    assert "--mount=type=cache" not in DOCKERFILE.read_text()


def test_its_python_is_one_that_the_project_is_for() -> None:
    python = last(DOCKERFILE, "ARG").removeprefix("PYTHON=")
    assert SpecifierSet(PROJECT["project"]["requires-python"]).contains(f"{python}.99")


def test_git_and_certificates_are_in_it() -> None:
    [installed] = [rest for name, rest in instructions(DOCKERFILE) if "apt-get install" in rest]
    assert {"git", "ca-certificates", "openssh-client", "tini"} <= set(installed.split())


def test_tests_secrets_and_the_repository_itself_stay_out() -> None:
    tops = {path.parts[0] for path in context()}
    assert tops.isdisjoint({"tests", "bench", "docs", ".git", ".env", ".slipway", ".venv"})
    assert not [path for path in context() if path.name == ".env" or "__pycache__" in path.parts]


def test_no_development_and_no_embedded_servers_are_installed(image: Image) -> None:
    unwanted = [
        *PROJECT["dependency-groups"]["dev"],
        *PROJECT["project"]["optional-dependencies"]["local"],
    ]
    assert image.packages().isdisjoint(Requirement(line).name for line in unwanted)
    assert {"temporalio", "structlog", "asyncpg"} <= image.packages()


def test_without_addresses_it_names_them_and_starts_nothing(image: Image, tmp_path: Path) -> None:
    state = tmp_path / "state"
    done = image.run(exec_form(DOCKERFILE, "CMD"), {"SLIPWAY_STATE_DIR": str(state)})
    assert done.returncode == 2
    assert "TEMPORAL_ADDRESS and DATABASE_URL and REDIS_URL must be set" in done.stderr
    assert not state.exists()


async def test_it_refuses_a_database_that_nobody_migrated(
    image: Image, surroundings: Environment, new_database: NewDatabase
) -> None:
    command = exec_form(DOCKERFILE, "CMD")
    done = image.run(command, {**surroundings, "DATABASE_URL": await new_database()})
    assert done.returncode == 2
    assert "python -m db migrate" in done.stderr


def test_every_command_can_be_said_to_it(image: Image) -> None:
    for command in ("python starter.py --help", "python -m db --help"):
        assert image.run(command.split()).returncode == 0


async def test_it_says_that_it_lives_and_ends_when_told(
    image: Image, released: Environment
) -> None:
    port = str(_free_port())
    health = exec_form(DOCKERFILE, "HEALTHCHECK")
    assert image.run(health, {"PORT": port}).returncode != 0
    worker = image.start(exec_form(DOCKERFILE, "CMD"), {**released, "PORT": port})
    try:
        await until(lambda: image.run(health, {"PORT": port}).returncode == 0, "healthy")
        worker.terminate()
        said, _ = worker.communicate(timeout=60)
        assert worker.returncode == 0, said
        assert "worker: ready" in said
    finally:
        worker.kill()
        worker.communicate()


def test_an_example_of_an_image_with_an_agent_is_no_root_either() -> None:
    example = ROOT / "deploy" / "agent-image.Dockerfile"
    assert last(example, "USER") == last(DOCKERFILE, "USER")
    package = "@anthropic-ai/claude-code"
    assert package in last(example, "RUN")
    assert re.search(r"^ {10}- claude$", (ROOT / "playbooks" / "claude.yaml").read_text(), re.M)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port
