"""Projects' repositories, as a worker of this desk would see them."""

from cli.context import Desk
from clients.git.repositories import Repositories
from db.credentials import StoredCredentials


def repositories_of(desk: Desk) -> Repositories:
    """With the credentials that are stored."""
    keys = desk.settings.slipway_encryption_keys
    credentials = StoredCredentials(desk.sessions, desk.organization, keys)
    return Repositories(desk.settings.state_dir, desk.environment, credentials=credentials)
