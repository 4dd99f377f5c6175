"""A checkout, the programs on its PATH, and a runner for its tests."""

import sys
from datetime import timedelta
from pathlib import Path

from clients.agent_identity import UNCONFINED
from clients.processes import Ran
from clients.test_runner import BuiltinRunner
from contracts.agents import Brief, TestReport
from contracts.issues import Ticket
from contracts.phases import Phase
from contracts.playbooks import BuiltinAgent
from contracts.repository_settings import RepositorySettings

GREEN = "def test_good(): pass\n"
RED = GREEN + "def test_bad(): assert 1 == 2\n"


class Project:
    """`settings` are those of the default branch."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.checkout = folder / "checkout"
        self.scratch = folder / "scratch"
        self.setups = folder / "setups"
        self.path = folder / "bin"
        self.environment = {"HOME": "/nowhere", "SECRET": "s"}
        self.settings = RepositorySettings()
        self.identity = UNCONFINED
        self.checkout.mkdir()
        self.path.mkdir()
        self.program("python3", f'exec "{sys.executable}" "$@"')

    def program(self, name: str, script: str) -> None:
        (self.path / name).write_text(f"#!/bin/sh\n{script}\n")
        (self.path / name).chmod(0o755)

    def write(self, name: str, text: str) -> None:
        file = self.checkout / name
        file.parent.mkdir(exist_ok=True, parents=True)
        file.write_text(text)

    def script(self, name: str, text: str) -> None:
        self.write(name, f"#!/bin/sh\n{text}\n")
        (self.checkout / name).chmod(0o755)

    def says(self, **settings: object) -> None:
        self.settings = RepositorySettings.model_validate(settings)

    def elsewhere(self) -> None:
        """Goes on in another checkout with the same files, as the next run does."""
        following = self.checkout.with_name(f"{self.checkout.name}-next")
        following.mkdir()
        for file in self.checkout.iterdir():
            if file.is_file():
                (following / file.name).write_bytes(file.read_bytes())
                (following / file.name).chmod(file.stat().st_mode)
        self.checkout = following

    async def run(self, **limits: object) -> Ran:
        agent = BuiltinAgent.model_validate({"name": "t", "use": "run-tests", "limits": limits})
        environment = {"PATH": f"{self.path}:/usr/bin:/bin", **self.environment}
        brief = Brief(
            ticket=Ticket(key="DEMO-1", title="t"),
            phase=Phase.TEST,
            round=1,
            attempt=1,
            workspace=str(self.checkout),
            branch="b",
            base_commit="c",
        )
        grace = timedelta(seconds=0.3)
        runner = BuiltinRunner(environment, self.scratch, grace, self.identity)
        return await runner.run(agent, brief, self.settings, lambda: None)

    async def report(self, **limits: object) -> TestReport:
        """Of a run that completed."""
        ran = await self.run(**limits)
        assert ran.error_type is None, ran.error_message
        assert ran.report is not None
        assert ran.report.status == "completed"
        assert ran.report.tests is not None
        return ran.report.tests

    async def summary(self) -> str:
        ran = await self.run()
        assert ran.report is not None
        return ran.report.summary

    def kept(self) -> list[str]:
        """The keys under which set-ups are kept, and whatever was left beside them."""
        return sorted(path.name for path in self.setups.iterdir()) if self.setups.exists() else []
