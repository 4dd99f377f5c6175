"""A checkout, and agents written for the occasion that work in it."""

import os
from datetime import timedelta
from pathlib import Path

from clients.command_agent import CommandAgentRunner
from clients.processes import Ran
from contracts.agents import Brief
from contracts.issues import Ticket
from contracts.phases import Phase
from contracts.playbooks import CommandAgent

GOOD = {"status": "completed", "summary": "done"}


class Desk:
    def __init__(self, folder: Path) -> None:
        self.checkout = folder / "checkout"
        self.checkout.mkdir()
        self.scratch = folder / "scratch"
        self.environment = {"PATH": os.environ["PATH"], "TOKEN": "t0p", "OTHER": "x"}

    @property
    def brief(self) -> Brief:
        return Brief(
            ticket=Ticket(key="DEMO-1", title="Round right", description="Ä\u2028\n; rm -rf /"),
            phase=Phase.CODE,
            round=1,
            attempt=1,
            workspace=str(self.checkout),
            branch="slipway/DEMO-1",
            base_commit="abc",
        )

    async def run(self, code: str, *arguments: str, **more: object) -> Ran:
        return await self.command("{python}", "-c", code, *arguments, **more)

    async def command(self, *command: str, **more: object) -> Ran:
        known = {"kind": "command", "name": "tester", "command": command}
        agent = CommandAgent.model_validate(known | more)
        runner = CommandAgentRunner(self.environment, self.scratch, timedelta(seconds=0.3))
        return await runner.run(agent, self.brief, lambda: None)

    async def says(self, said: bytes) -> Ran:
        (self.checkout / "said").write_bytes(said)
        return await self.run("import sys; sys.stdout.buffer.write(open('said','rb').read())")
