"""Programs that run as agents do: confined, in a checkout inside of a worker's state."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from clients.agent_identity import AgentIdentity, agent_identity
from clients.processes import Finished, Program, run_bounded
from clients.run_folders import run_folder
from contracts.playbooks import Limits
from tests.clients.stubborn_programs import no_beat

# Root may give its agents other users; an ordinary user has its own alone.
KINDS = ("own", "other") if os.geteuid() == 0 else ("own",)


@dataclass(frozen=True)
class Place:
    state: Path
    identity: AgentIdentity

    @classmethod
    def of(cls, state: Path, kind: str, secrets: Sequence[Path] = ()) -> "Place":
        state.mkdir()
        return cls(state, agent_identity(state, secrets, other_user=kind == "other"))

    def checkout(self, name: str = "checkout") -> Path:
        path = self.state / "checkouts" / name
        path.mkdir(exist_ok=True)
        return path

    async def run(self, code: str, **limits: object) -> Finished:
        async with run_folder(self.state / "runs", self.identity) as folder:
            program = Program(
                argv=(sys.executable, "-c", code),
                cwd=self.checkout(),
                environment=folder.environment({"PATH": os.environ["PATH"]}),
                stdin=b"",
                limits=Limits.model_validate(limits),
                folder=folder,
                grace=timedelta(seconds=0.3),
            )
            return await run_bounded(program, no_beat)

    async def says(self, code: str) -> str:
        """What a program that ended well printed."""
        finished = await self.run(code)
        assert (finished.exit_code, finished.stderr.kept) == (0, b"")
        return finished.stdout.kept.decode().strip()
