"""Playbooks as openings get them: parsed once for all workers that read the same files."""

import asyncio
import json
from collections import OrderedDict
from hashlib import sha256
from uuid import UUID

from activities.shared import SharedByAll
from clients.playbooks import PlaybookFolder
from contracts.levels import ApprovalPolicy
from contracts.playbooks import Playbook

# During a deploy workers of two releases share one cache. Neither may get what the other makes of
# a file: so the key names the files' content and what a playbook is to this code.
CONTRACT = sha256(json.dumps(Playbook.model_json_schema()).encode()).hexdigest()
KNOWN = 200


class Playbooks:
    def __init__(self, folder: PlaybookFolder, shared: SharedByAll) -> None:
        self._folder, self._shared = folder, shared
        # The same content never says anything else: what was got once need not be got again.
        self._known: OrderedDict[str, Playbook] = OrderedDict()

    async def names(self) -> list[str]:
        return await asyncio.to_thread(self._folder.names)

    async def policy(self, name: str) -> ApprovalPolicy:
        """Raises UnknownPlaybookError and InvalidPlaybookError."""
        return await asyncio.to_thread(self._folder.policy, name)

    async def load(self, organization_id: UUID, name: str) -> Playbook:
        """What the files say right now. Raises UnknownPlaybookError and InvalidPlaybookError."""
        written = await asyncio.to_thread(self._folder.written, name)
        digest = written.digest

        async def parsed() -> Playbook:
            return await asyncio.to_thread(written.parsed)

        if digest not in self._known:
            shared = self._shared.of(organization_id)
            key = shared.playbook_key(name, f"{digest}{CONTRACT}")
            playbook = await shared.playbooks.get_or_load(key, parsed)
            self._known[digest] = self._folder.at_home(playbook)
            while len(self._known) > KNOWN:
                self._known.popitem(last=False)
        return self._known[digest]
