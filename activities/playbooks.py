"""Playbooks as openings get them: parsed once for all workers that read the same files."""

import asyncio
import json
from hashlib import sha256
from uuid import UUID

from activities.shared import SharedByAll
from clients.playbooks import PlaybookFolder
from contracts.levels import ApprovalPolicy
from contracts.playbooks import Playbook

# During a deploy workers of two releases share one cache. Neither may get what the other makes of
# a file: so the key names the files' content and what a playbook is to this code.
CONTRACT = sha256(json.dumps(Playbook.model_json_schema()).encode()).hexdigest()


class Playbooks:
    def __init__(self, folder: PlaybookFolder, shared: SharedByAll) -> None:
        self._folder, self._shared = folder, shared

    async def names(self) -> list[str]:
        return await asyncio.to_thread(self._folder.names)

    async def policy(self, name: str) -> ApprovalPolicy:
        """Raises UnknownPlaybookError and InvalidPlaybookError."""
        return await asyncio.to_thread(self._folder.policy, name)

    async def load(self, organization_id: UUID, name: str) -> Playbook:
        """What the files say right now. Raises UnknownPlaybookError and InvalidPlaybookError."""
        written = await asyncio.to_thread(self._folder.written, name)

        async def parsed() -> Playbook:
            return await asyncio.to_thread(written.parsed)

        shared = self._shared.of(organization_id)
        key = shared.playbook_key(name, f"{written.digest}{CONTRACT}")
        return self._folder.at_home(await shared.playbooks.get_or_load(key, parsed))
