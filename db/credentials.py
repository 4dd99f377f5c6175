"""Every query on projects' credentials for their repositories."""

import json
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.credentials import GitCredential
from db.encryption import Keyring
from db.engine import Sessions
from db.models import Organization, Project
from errors import UnknownProjectError


class ProjectCredentials:
    """One organization's. The caller owns the transaction."""

    def __init__(self, session: AsyncSession, organization_id: UUID, keyring: Keyring) -> None:
        self._session, self._organization_id = session, organization_id
        self._keyring = keyring

    async def set(self, key: str, credential: GitCredential) -> None:
        """Replaces what the project of this key had. Raises UnknownProjectError."""
        found = await self._session.scalar(
            update(Project)
            .where(Project.organization_id == self._organization_id, Project.key == key)
            .values(git_credential=self._keyring.encrypt(_written(credential)))
            .returning(Project.id)
        )
        if found is None:
            raise UnknownProjectError(f"There is no project {key!r} in this organization.")


class StoredCredentials:
    """What the git client asks: a transaction of its own for each question, closed before git
    starts. `keys` may be absent as long as nothing is stored."""

    def __init__(self, sessions: Sessions, organization: str, keys: SecretStr | None) -> None:
        self._sessions, self._organization, self._keys = sessions, organization, keys

    async def of(self, repo_url: str) -> GitCredential | None:
        """Only of this organization's project: another's address alone opens nothing. Raises
        EncryptionKeyError, UndecryptableError."""
        async with self._sessions() as session:
            stored = await session.scalar(
                select(Project.git_credential)
                .join(Organization, Organization.id == Project.organization_id)
                .where(Organization.slug == self._organization, Project.repo_url == repo_url)
            )
        return None if stored is None else _read(Keyring.parsed(self._keys).decrypt(stored))


def _written(credential: GitCredential) -> str:
    secret = credential.secret.get_secret_value()
    return json.dumps({"username": credential.username, "secret": secret})


def _read(text: str) -> GitCredential:
    stored = json.loads(text)
    return GitCredential(username=stored["username"], secret=SecretStr(stored["secret"]))
