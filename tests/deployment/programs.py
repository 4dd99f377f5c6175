"""What documented commands lead to: each is run, or held against the thing it names."""

import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import typer

from cli.app import build
from tests.deployment.conftest import Environment, Image
from tests.deployment.files import ROOT, SECRETS, compose, instructions
from tests.deployment.railway import names, rendered, resource
from tests.deployment.variables import KNOWN

# These need an account or change the machine; what they say is checked, they are not run.
FOREIGN = {"createdb", "openssl"}
RAILWAY = {
    *("login", "link", "config plan", "config apply", "variable set", "variable list"),
    *("domain", "logs", "ssh", "environment", "redeploy"),
}
RUN = {"setup", "list"}
RAN: set[tuple[str, ...]] = set()
ASSIGNMENT = re.compile(r"(\w+)=")


class Shell:
    """Fails with an AssertionError, or what the program's own parser raises, for a command that
    could not be typed. `image` is where commands run, `given` their environment."""

    def __init__(self, image: Image, given: Environment) -> None:
        self._image = image
        self._given = given
        self._checks: dict[str, Callable[[list[str]], None]] = {
            "make": self._make,
            "git": self._git,
            "python": self._python,
            "docker": self._docker,
            "railway": self._railway,
            "caddy": self._caddy,
            "export": self._assigned,
            "echo": self._assigned,
        }

    def check(self, words: list[str]) -> None:
        while ASSIGNMENT.match(words[0]):
            words = words[1:]
        program = Path(words[0]).name
        if ">" in words and program != "echo":
            words = words[: words.index(">")]
        if program not in FOREIGN:
            assert program in self._checks, f"nobody knows {program}"
            self._checks[program](words[1:])

    def _make(self, words: list[str]) -> None:
        done = subprocess.run(["make", "-n", *words], cwd=ROOT, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr

    def _git(self, words: list[str]) -> None:
        command = words[2] if words[0] == "-C" else words[0]
        done = subprocess.run(["git", command, "-h"], capture_output=True, check=False)
        assert done.returncode in (0, 129)

    def _python(self, words: list[str]) -> None:
        match words:
            case ["-m", "db", *_] | ["-m", "deploy.namespace"]:
                self._run(words)
            case ["starter.py", command, *_] if command in RUN:
                self._run(words)
            case ["starter.py", *arguments]:
                _parsed(arguments)
            case [("worker.py" | "gateway.py") as entry]:
                assert (self._image.app / entry).is_file()
            case _:
                raise AssertionError(f"nobody knows python {shlex.join(words)}")

    def _run(self, words: list[str]) -> None:
        """Once, whichever documents say it, behind whatever gets it into a container."""
        if tuple(words) in RAN:
            return
        RAN.add(tuple(words))
        done = self._image.run(["python", *words], self._given)
        assert done.returncode == 0, done.stderr

    def _docker(self, words: list[str]) -> None:
        match words:
            case ["compose", "up", *options]:
                assert set(options) <= {"--detach", "--build"}
            case ["compose", "exec", service, *inner]:
                services = compose(**dict.fromkeys(SECRETS, ""))["services"]
                assert service in services
                self.check(inner)
            case ["build", "--tag", _, "."]:
                assert (ROOT / "Dockerfile").is_file()
            case ["build", "--tag", _, "--file", dockerfile, "."]:
                assert (ROOT / dockerfile).is_file()
            case ["build", "--tag", _, folder] if not (ROOT / folder).exists():
                pass  # A folder of the reader's own, with a Dockerfile of their own.
            case ["run", "--rm", "-it", image, *inner]:
                assert ("FROM", image) in instructions(ROOT / "deploy" / "door.Dockerfile")
                self.check(inner)
            case ["run", "--rm", image, *inner]:
                assert image.startswith("slipway")
                self.check(inner)
            case ["push", _]:
                pass
            case _:
                raise AssertionError(f"nobody knows docker {shlex.join(words)}")

    def _caddy(self, words: list[str]) -> None:
        caddy = Path(sys.executable).with_name("caddy")
        argv = [str(caddy), *words, "--help"]
        assert subprocess.run(argv, capture_output=True, check=False).returncode == 0

    def _railway(self, words: list[str]) -> None:
        assert words[0] in RAILWAY or " ".join(words[:2]) in RAILWAY
        if "--service" not in words:
            return
        service = words[words.index("--service") + 1]
        assert service in names(rendered())
        if words[:2] == ["variable", "set"]:
            name = words[2].split("=")[0]
            graphs = (rendered(), rendered(SLIPWAY_ELSEWHERE="temporal postgres redis"))
            found = [resource(graph, service) for graph in graphs if service in names(graph)]
            kept = [one["variables"].get(name, {}).get("type") for one in found]
            assert "preserve" in kept, f"railway.py does not keep {name}"
        if "--" in words:
            self.check(words[words.index("--") + 1 :])

    def _assigned(self, words: list[str]) -> None:
        name = ASSIGNMENT.match(words[0])
        assert name, words
        assert name[1] in KNOWN


def _parsed(arguments: list[str]) -> None:
    """Raises what the command line itself would, down to the last subcommand."""
    command: object = typer.main.get_command(build(arguments))
    while isinstance(command, typer.core.TyperGroup):
        name, *arguments = arguments
        command = command.commands[name]
    assert isinstance(command, typer.core.TyperCommand)
    command.make_context(command.name, arguments)
