"""The Railway project as the `railway` program makes it; docs/deploy-railway.md says how.

What stands here is all there is: `railway config apply` takes away a variable that is not named.
Unknown keywords are dropped in silence, so tests/deployment/ looks at what comes out. Values of
secrets are not here: `preserve()` keeps what was set by `railway variable set`. They must not come
from the context's random_string either: that is a hash of a label, which anybody can compute.
"""

import os
from pathlib import Path

from railway_sdk import (
    Project,
    Service,
    define_railway,
    github,
    image,
    postgres,
    preserve,
    project,
    redis,
    service,
)

# Of the worker's variables an agent gets those that its playbook names: put yours here.
KEPT = ("ANTHROPIC_API_KEY",)
# What worker and gateway read alike, where somebody sets it.
SHARED = (
    *("LOG_LEVEL", "DATABASE_POOL_MIN", "DATABASE_POOL_MAX"),
    *("SLIPWAY_ORGANIZATION", "SLIPWAY_LIMITS", "SLACK_API_URL", "SLIPWAY_TRUSTED_ORIGINS"),
)
# The worker's own.
OPTIONAL = (
    *("METRICS_ADDRESS", "SMTP_URL", "SMTP_SENDER", "SLIPWAY_PUBLIC_URL"),
    *("SLIPWAY_OWN_ACCOUNTS", "SLIPWAY_START_LABEL"),
    *("SLIPWAY_WEBHOOK_DAYS", "SLIPWAY_DEAD_LETTER_DAYS"),
    *("SLIPWAY_LLM_LOCAL_URL", "SLIPWAY_LLM_LOCAL_MODEL", "SLIPWAY_LLM_LOCAL_KEY"),
    *("GROQ_API_KEY", "SLIPWAY_LLM_GROQ_MODEL"),
    *("HUBSPOT_TOKEN", "GITHUB_TOKEN", "GITHUB_API_URL"),
)
GRACEFUL = 25
# The worker also ends its agents and closes its pools; Railway's own answer would be 0.
DRAINING = GRACEFUL + 20
# Each is one command without a shell's grammar outside of quotes, however Railway may run it. The
# first part is patient: on the first day, all services start at once.
RELEASE = "sh -c 'python -m deploy.namespace && python -m db migrate && python starter.py setup'"
RELEASE_WITHOUT_TEMPORAL = "sh -c 'python -m db migrate && python -m db seed'"
# Whose word on a caller's address and scheme counts: Railway's own proxies, as sockets for both
# protocols see them.
EDGE = "100.64.0.0/10,::ffff:100.64.0.0/106"
ROOT = Path(__file__).parents[1]


class WrongVariableError(Exception):
    """A variable of the shell that runs `railway config` is missing or wrong."""


def repository() -> dict[str, object]:
    name = os.environ.get("SLIPWAY_REPOSITORY")
    if not name:
        raise WrongVariableError("set SLIPWAY_REPOSITORY to the GitHub repository: owner/name")
    return github(name, branch=os.environ.get("SLIPWAY_BRANCH", "main"))


def elsewhere() -> set[str]:
    """The servers that others run for you: Temporal Cloud, Neon, Upstash and the like."""
    named = set(os.environ.get("SLIPWAY_ELSEWHERE", "").split())
    if not named <= {"temporal", "postgres", "redis"}:
        raise WrongVariableError("SLIPWAY_ELSEWHERE may name temporal, postgres and redis")
    return named


def image_contents() -> list[str]:
    """What .dockerignore lets into the image, as patterns: a change elsewhere deploys nothing."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    names = [line.removeprefix("!") for line in lines if line.startswith("!")]
    return [f"{name}/**" if (ROOT / name).is_dir() else name for name in names]


def built_from(dockerfile: str, *watched: str) -> dict[str, object]:
    return {
        "builder": "DOCKERFILE",
        "dockerfilePath": dockerfile,
        "watchPatterns": [dockerfile, *watched],
    }


def temporal_server(database: Service) -> Service:
    """Nobody signs in to Temporal: it has no public address."""
    return service(
        "temporal",
        source=repository(),
        build=built_from(
            "deploy/temporal.Dockerfile",
            "deploy/temporal-schema.sh",
            "deploy/temporal-dynamic-config.yaml",
        ),
        preDeploy="temporal-schema",
        deploy={"restartPolicyType": "ALWAYS", "drainingSeconds": 30},
        env={
            "DB": "postgres12",
            "DB_PORT": database.env.PGPORT,
            "POSTGRES_SEEDS": database.env.PGHOST,
            "POSTGRES_USER": database.env.PGUSER,
            "POSTGRES_PWD": database.env.PGPASSWORD,
            # Can never be changed for this database.
            "NUM_HISTORY_SHARDS": "128",
        },
    )


def web_ui() -> Service:
    """Without a public address, for it has no login."""
    return service(
        "temporal-ui",
        source=image("temporalio/ui:2.54.0"),
        deploy={"restartPolicyType": "ALWAYS"},
        env={
            "TEMPORAL_ADDRESS": "${{temporal.RAILWAY_PRIVATE_DOMAIN}}:7233",
            "TEMPORAL_CORS_ORIGINS": "https://${{door.RAILWAY_PUBLIC_DOMAIN}}",
            "TEMPORAL_UI_PORT": "8080",
        },
    )


def door() -> Service:
    """The Web UI's public address, which asks for a password."""
    return service(
        "door",
        source=repository(),
        build=built_from("deploy/door.Dockerfile", "deploy/Caddyfile"),
        healthcheck="/door/healthz",
        healthcheckTimeout=60,
        deploy={"restartPolicyType": "ALWAYS"},
        env={
            "UI_UPSTREAM": "${{temporal-ui.RAILWAY_PRIVATE_DOMAIN}}:8080",
            "UI_USER": preserve(),
            "UI_PASSWORD_HASH": preserve(),
        },
    )


def addresses(database: Service, cache: Service, away: set[str]) -> dict[str, object]:
    temporal: dict[str, object] = {
        "TEMPORAL_ADDRESS": "${{temporal.RAILWAY_PRIVATE_DOMAIN}}:7233",
        "TEMPORAL_NAMESPACE": "default",
    }
    if "temporal" in away:
        names = ("TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE", "TEMPORAL_API_KEY")
        temporal = {name: preserve() for name in names}
    stored: dict[str, object] = {"DATABASE_URL": database.env.DATABASE_URL}
    if "postgres" in away:
        stored = {name: preserve() for name in ("DATABASE_URL", "MIGRATION_DATABASE_URL")}
    return {
        **temporal,
        **stored,
        "REDIS_URL": preserve() if "redis" in away else cache.env.REDIS_URL,
        # What opens stored credentials and secrets: the same for all.
        "SLIPWAY_ENCRYPTION_KEYS": preserve(),
        "SLIPWAY_DECISION_KEY": preserve(),
    }


def worker(variables: dict[str, object], release: str) -> Service:
    """From this code, or from an image with your agents in it (deploy/agent-image.Dockerfile). The
    start command stays the image's own: another one would come without its first process."""
    ready = os.environ.get("SLIPWAY_IMAGE")
    return service(
        "worker",
        source=image(ready) if ready else repository(),
        build=None if ready else built_from("Dockerfile", ".dockerignore", *image_contents()),
        preDeploy=release,
        # Ready, not merely alive: else the worker before it would be stopped for nothing.
        healthcheck="/readyz",
        healthcheckTimeout=300,
        deploy={"restartPolicyType": "ALWAYS", "drainingSeconds": DRAINING},
        replicas=1,
        env={
            **variables,
            "GRACEFUL_SHUTDOWN_TIMEOUT": f"PT{GRACEFUL}S",
            **{name: preserve() for name in (*KEPT, *OPTIONAL, *SHARED)},
        },
    )


def gateway(variables: dict[str, object]) -> Service:
    """Where webhooks come in. It gets its public address by `railway domain`. The start command
    names the image's first process, which it replaces otherwise."""
    ready = os.environ.get("SLIPWAY_IMAGE")
    return service(
        "gateway",
        source=image(ready) if ready else repository(),
        build=None if ready else built_from("Dockerfile", ".dockerignore", *image_contents()),
        start="tini -- python gateway.py",
        # Life, not readiness: it takes webhooks in while Temporal is away.
        healthcheck="/healthz",
        healthcheckTimeout=60,
        deploy={"restartPolicyType": "ALWAYS", "drainingSeconds": DRAINING},
        replicas=1,
        env={
            **variables,
            "GRACEFUL_SHUTDOWN_TIMEOUT": f"PT{GRACEFUL}S",
            "FORWARDED_ALLOW_IPS": EDGE,
            **{name: preserve() for name in SHARED},
        },
    )


@define_railway
def main(ctx: object = None) -> Project:
    away = elsewhere()
    database, cache = postgres("Postgres"), redis("Redis")
    ours = "temporal" not in away
    variables = addresses(database, cache, away)
    resources = [
        worker(variables, RELEASE if ours else RELEASE_WITHOUT_TEMPORAL),
        gateway(variables),
    ]
    if ours:
        resources += [temporal_server(database), web_ui(), door()]
    if ours or "postgres" not in away:
        resources.append(database)
    if "redis" not in away:
        resources.append(cache)
    return project("slipway", resources=resources)
