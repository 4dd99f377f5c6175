"""docker-compose.yml: valid, in order, and about things that exist."""

import json
import os
import re
import subprocess
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import validators
from pydantic import TypeAdapter
from redis import Redis
from redis.exceptions import ConnectionError as AwayError

from settings import Settings
from stack import temporal, valkey
from stack.ports import free_port
from tests.deployment.conftest import Environment, Image
from tests.deployment.files import DOCKERFILES, MODES, ROOT, compose, last
from tests.deployment.railway import rendered, resource
from tests.deployment.variables import DEPLOYMENT, FOREIGN, KNOWN, OURS, TEMPORAL_SERVER, agents
from tests.faults.patience import until

PASSWORDS = {"POSTGRES_PASSWORD": "secret1", "VALKEY_PASSWORD": "secret2"}
GIVEN = PASSWORDS | {"SLIPWAY_ENCRYPTION_KEYS": "secret3", "SLIPWAY_DECISION_KEY": "secret4"}
FILE = compose(**GIVEN)
SERVICES: dict[str, dict[str, Any]] = FILE["services"]
# By the image, by the project's own servers, or by what goes with their addresses.
SETTLED = {
    *("SLIPWAY_ENV", "SLIPWAY_STATE_DIR", "PORT", "RAILWAY_ENVIRONMENT_NAME"),
    *("MIGRATION_DATABASE_URL", "DATABASE_UNPOOLED_URL", "NEON_DIRECT_URL"),
}
# A person's own, and what only tests and trials change.
NOT_FOR_SERVERS = {
    *("SLIPWAY_USER", "SLIPWAY_TASK_QUEUE", "SLIPWAY_HEALTH_PORT", "SLIPWAY_AGENT_ISOLATION"),
    *("HUBSPOT_API_URL", "SLIPWAY_LLM_GROQ_URL"),
}
JOBS = {"temporal-schema", "temporal-setup", "migrate"}


def test_it_is_what_the_specification_says() -> None:
    kept = files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    schema = json.loads(kept.read_text())
    validators.validator_for(schema)(schema).validate(FILE)


@pytest.mark.parametrize("missing", GIVEN)
def test_a_secret_has_no_default(missing: str) -> None:
    given = {name: value for name, value in GIVEN.items() if name != missing}
    with pytest.raises(KeyError, match=missing):
        compose(**given)


def test_what_is_filled_in_is_explained() -> None:
    filled = {name for name, _, _ in MODES.findall((ROOT / "docker-compose.yml").read_text())}
    explained = (ROOT / ".env.example").read_text()
    assert [name for name in filled if f"# {name}=" not in explained] == []
    assert filled <= KNOWN


def test_every_variable_is_read_by_somebody() -> None:
    known = KNOWN | TEMPORAL_SERVER | FOREIGN | DEPLOYMENT
    given = {name for service in SERVICES.values() for name in service.get("environment", {})}
    assert given - known == set()


def test_nobody_waits_for_a_health_that_is_never_told() -> None:
    for service in SERVICES.values():
        for other, terms in service.get("depends_on", {}).items():
            if terms["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[other], other
            else:
                assert terms["condition"] == "service_completed_successfully"
                assert other in JOBS


def test_jobs_are_done_once_and_servers_come_back() -> None:
    assert {n: s["restart"] for n, s in SERVICES.items()} == {
        name: "no" if name in JOBS else "unless-stopped" for name in SERVICES
    }


def test_the_worker_comes_after_everything_it_needs() -> None:
    def before(name: str) -> set[str]:
        needed = set(SERVICES[name].get("depends_on", {}))
        return needed.union(*(before(one) for one in needed))

    assert before("worker") == {"postgres", "valkey", "temporal", *JOBS}


def test_nothing_without_a_login_is_reached_from_elsewhere() -> None:
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert published
    assert [port for port in published if not port.startswith("127.0.0.1:")] == []


def test_what_is_mounted_is_there() -> None:
    for service in SERVICES.values():
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            assert (ROOT / source).is_file() if source[0] == "." else source in FILE["volumes"]


def test_the_state_is_kept_where_the_image_has_it() -> None:
    variables = last(ROOT / "Dockerfile", "ENV").split()
    place = SERVICES["worker"]["volumes"][0].split(":")[1]
    assert f"SLIPWAY_STATE_DIR={place}" in variables


def test_stopping_takes_longer_than_finishing() -> None:
    worker = SERVICES["worker"]
    duration = TypeAdapter(timedelta)
    graceful = duration.validate_python(worker["environment"]["GRACEFUL_SHUTDOWN_TIMEOUT"])
    assert graceful == Settings.model_fields["graceful_shutdown_timeout"].default
    stopping = timedelta(seconds=int(worker["stop_grace_period"].removesuffix("s")))
    assert stopping >= graceful + timedelta(seconds=15)


def test_agents_can_be_given_what_the_playbooks_hand_on() -> None:
    handed_on = {n for n, v in SERVICES["worker"]["environment"].items() if v is None}
    assert handed_on - OURS == agents()


@pytest.mark.parametrize("name", ["worker", "gateway"])
def test_each_gets_the_same_choice_as_on_railway(name: str) -> None:
    given = SERVICES[name]["environment"].items()
    handed_on = {name for name, value in given if value is None} & OURS
    kept = resource(rendered(), name)["variables"].items()
    ours = {name for name, value in kept if value["type"] == "preserve"} & OURS
    # There Railway's own proxies are named.
    assert handed_on - {"FORWARDED_ALLOW_IPS"} == ours - {n for n, v in given if v is not None}


def test_every_setting_reaches_the_worker_or_the_gateway() -> None:
    given = {name for one in ("worker", "gateway") for name in SERVICES[one]["environment"]}
    assert given | SETTLED | NOT_FOR_SERVERS >= OURS
    assert not given & NOT_FOR_SERVERS


def test_temporals_parts_are_of_one_version_everywhere() -> None:
    images = [service["image"] for service in SERVICES.values()]
    told = {image.split(":")[1] for image in images if re.match("temporalio/(server|admin)", image)}
    assert told == {last(ROOT / "deploy" / "temporal.Dockerfile", "ARG").removeprefix("VERSION=")}
    ui = resource(rendered(), "temporal-ui")["source"]["image"]
    assert SERVICES["temporal-ui"]["image"] == ui
    both = [*images, *(path.read_text() for path in DOCKERFILES)]
    assert not [text for text in both if "auto-setup" in text]


def test_temporal_is_tuned_as_the_embedded_one() -> None:
    written = yaml.safe_load((ROOT / "deploy" / "temporal-dynamic-config.yaml").read_text())
    told = {
        f"{key}={json.dumps(value)}" for key, [given] in written.items() for value in given.values()
    }
    assert told == set(temporal.DYNAMIC_CONFIG)


async def test_valkey_writes_down_and_evicts_nothing(tmp_path: Path) -> None:
    program, configuration, *options = SERVICES["valkey"]["command"]
    assert (program, configuration) == ("valkey-server", "/etc/valkey/valkey.conf")
    port = str(free_port())
    ours = ["--dir", str(tmp_path), "--port", port, "--bind", "127.0.0.1"]
    argv = [str(valkey.find()), str(ROOT / "deploy" / "valkey.conf"), *options, *ours]
    server = subprocess.Popen(argv, stdout=subprocess.DEVNULL)
    redis = Redis(
        "127.0.0.1", int(port), password=PASSWORDS["VALKEY_PASSWORD"], decode_responses=True
    )
    try:
        await until(lambda: _answers(redis), "Valkey answers")
        assert redis.config_get("appendonly") == {"appendonly": "yes"}
        assert redis.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert redis.config_get("maxmemory") == {"maxmemory": str(256 * 2**20)}
    finally:
        redis.close()
        server.terminate()
        server.wait(60)


def _answers(redis: Redis) -> bool:
    try:
        return bool(redis.ping())
    except AwayError:
        return False


def test_the_jobs_do_their_work_and_may_do_it_again(image: Image, released: Environment) -> None:
    for job in ("migrate", "temporal-setup"):
        done = image.run(SERVICES[job]["command"], released)
        assert done.returncode == 0, done.stderr


STAND_IN = '#!/bin/sh\necho "$*" >> "$CALLS"\necho "$SQL_PLUGIN $SQL_USER@$SQL_HOST:$SQL_PORT"\n'


def schema_script(folder: Path, schema: Path) -> subprocess.CompletedProcess[str]:
    """With programs in the place of Temporal's tool and nc, which say how they were called."""
    for program in ("temporal-sql-tool", "nc"):
        (folder / program).write_text(STAND_IN)
        (folder / program).chmod(0o755)
    given = {
        **{name: str(value) for name, value in SERVICES["temporal-schema"]["environment"].items()},
        "PATH": f"{folder}:{os.defpath}",
        "CALLS": str(folder / "calls"),
        "SCHEMA": str(schema),
    }
    argv = ["/bin/sh", str(ROOT / "deploy" / "temporal-schema.sh")]
    return subprocess.run(argv, env=given, capture_output=True, text=True, check=False, timeout=60)


def test_both_of_temporals_databases_are_brought_up(tmp_path: Path) -> None:
    for part in ("temporal", "visibility"):
        (tmp_path / part / "versioned").mkdir(parents=True)
    done = schema_script(tmp_path, tmp_path)
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.splitlines()[1:]) == {"postgres12 slipway@postgres:5432"}
    calls = (tmp_path / "calls").read_text()
    assert calls.splitlines()[1:] == [
        f"--database {database} {step}"
        for database, part in {"temporal": "temporal", "temporal_visibility": "visibility"}.items()
        for step in (
            "create-database",
            "setup-schema --version 0.0",
            f"update-schema --schema-dir {tmp_path}/{part}/versioned",
        )
    ]
    assert PASSWORDS["POSTGRES_PASSWORD"] not in calls


def test_an_image_without_the_schema_is_an_error(tmp_path: Path) -> None:
    done = schema_script(tmp_path, tmp_path / "nowhere")
    assert done.returncode == 1
    assert "no schema in" in done.stderr
