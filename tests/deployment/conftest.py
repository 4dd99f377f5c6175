"""The image without Docker: its own steps, run in a folder."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfile

import pytest

from stack.addresses import Addresses
from stack.locks import exclusive
from tests.conftest import NewDatabase
from tests.deployment.files import ROOT, context, instructions, variables
from tests.deployment.railway import rendered, resource

DOCKERFILE = ROOT / "Dockerfile"
Environment = Mapping[str, str]


@dataclass(frozen=True)
class Image:
    """`app` and `venv` stand for /app and /opt/slipway."""

    app: Path
    venv: Path
    state: Path

    def environment(self, given: Environment) -> dict[str, str]:
        """What a container is given, and nothing of ours."""
        fixed = variables(DOCKERFILE) | {
            "PATH": f"{self.venv / 'bin'}:{os.defpath}",
            "SLIPWAY_STATE_DIR": str(self.state),
            # The image has all bytecode already; here whoever needs it first makes it.
            "PYTHONDONTWRITEBYTECODE": "",
        }
        return fixed | dict(given)

    def run(
        self, command: Sequence[str], given: Environment | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self._found(command[0]), *command[1:]],
            cwd=self.app,
            env=self.environment(given or {}),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def start(self, command: Sequence[str], given: Environment) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [self._found(command[0]), *command[1:]],
            cwd=self.app,
            env=self.environment(given),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def _found(self, program: str) -> str:
        """Popen looks on our own PATH, not on the container's."""
        ours = self.venv / "bin" / program
        return str(ours) if ours.exists() else program

    def packages(self) -> set[str]:
        uv = Path(sys.executable).with_name("uv")
        argv = [str(uv), "pip", "list", "--format", "json", "--python", str(self.venv)]
        listed = subprocess.run(argv, capture_output=True, check=True, timeout=60).stdout
        return {package["name"] for package in json.loads(listed)}


@pytest.fixture(scope="session")
def image(run_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Image:
    """Made once for all test processes; only what it writes down is each one's own."""
    root = run_folder / "image"
    image = Image(root / "app", root / "venv", tmp_path_factory.mktemp("state"))
    with exclusive(run_folder / "image.lock"):
        if not (root / "made").exists():
            make(image)
            (root / "made").touch()
    return image


def make(image: Image) -> None:
    """Runs the Dockerfile's own installation, with its places exchanged for ours."""
    for file in context():
        (image.app / file).parent.mkdir(parents=True, exist_ok=True)
        copyfile(ROOT / file, image.app / file)
    steps = next(r for name, r in instructions(DOCKERFILE) if name == "RUN" and "uv venv" in r)
    for place, ours in {
        "/build/requirements.lock": str(ROOT / "requirements.lock"),
        "/opt/slipway": str(image.venv),
        "--python python3": f"--python {sys.executable}",
    }.items():
        steps = steps.replace(place, ours)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    subprocess.run(["sh", "-ec", steps], env=os.environ | {"PATH": path}, check=True, timeout=120)
    # As `compileall` does, but only what is needed.
    python, given = str(image.venv / "bin" / "python"), image.environment({})
    loaded = [python, "-c", "import worker, gateway, db.__main__"]
    subprocess.run(loaded, cwd=image.app, env=given, check=True, timeout=120)


@pytest.fixture(scope="session")
async def surroundings(stack: Addresses, new_database: NewDatabase) -> Environment:
    """Servers as a new installation finds them: nothing in them yet."""
    return {
        "TEMPORAL_ADDRESS": stack.temporal,
        "TEMPORAL_NAMESPACE": "fresh",
        "DATABASE_URL": await new_database(),
        "REDIS_URL": stack.redis_url,
        "SLIPWAY_DECISION_KEY": "a-key-for-tests",
    }


@pytest.fixture(scope="session")
def released(image: Image, surroundings: Environment) -> Environment:
    """The servers after Railway's command before a deployment."""
    [command] = resource(rendered(), "worker")["deploy"]["preDeployCommand"]
    done = image.run(shlex.split(command), surroundings)
    assert done.returncode == 0, done.stderr
    return surroundings
