"""Who reads which variable: ours, Temporal's, agents', and those of foreign programs."""

from pathlib import Path

import yaml

from settings import Settings
from tests.deployment.files import ROOT

OURS = {name.upper() for name in Settings.model_fields}
# temporalio.envconfig reads these; see https://docs.temporal.io/develop/environment-configuration
TEMPORAL = {
    *("TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE", "TEMPORAL_API_KEY", "TEMPORAL_TLS"),
    *("TEMPORAL_TLS_SERVER_NAME", "TEMPORAL_TLS_SERVER_CA_CERT_PATH"),
    *("TEMPORAL_TLS_CLIENT_CERT_PATH", "TEMPORAL_TLS_CLIENT_KEY_PATH"),
}
# The images of Temporal's server and Web UI.
TEMPORAL_SERVER = {
    *("DB", "DB_PORT", "POSTGRES_SEEDS", "POSTGRES_USER", "POSTGRES_PWD", "NUM_HISTORY_SHARDS"),
    *("BIND_ON_IP", "TEMPORAL_BROADCAST_ADDRESS", "DYNAMIC_CONFIG_FILE_PATH"),
    *("TEMPORAL_CORS_ORIGINS", "TEMPORAL_UI_PORT"),
}
# docker-compose.yml and .railway/railway.py fill these in; deploy/Caddyfile reads the last three.
DEPLOYMENT = {
    *("POSTGRES_PASSWORD", "VALKEY_PASSWORD", "SLIPWAY_IMAGE"),
    *("SLIPWAY_REPOSITORY", "SLIPWAY_BRANCH", "SLIPWAY_ELSEWHERE"),
    *("UI_USER", "UI_PASSWORD_HASH", "UI_UPSTREAM"),
}
# Images of others.
FOREIGN = {"POSTGRES_DB", "VALKEYCLI_AUTH"}


def agents() -> set[str]:
    """What the playbooks hand on to their agents."""
    found: set[str] = set()
    for playbook in (ROOT / "playbooks").glob("*.yaml"):
        found |= _handed_on(playbook)
    return found


def _handed_on(playbook: Path) -> set[str]:
    steps = yaml.safe_load(playbook.read_text())["phases"]
    given = [agent.get("environment", []) for step in steps for agent in step.get("agents", [])]
    return {name for names in given for name in names}


KNOWN = OURS | TEMPORAL | DEPLOYMENT | agents()
