"""Everything the environment decides. Read once, by the entry points."""

import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, DotEnvSettingsSource, NoDecode, SettingsConfigDict

from contracts.identity import DEFAULT_ORGANIZATION
from contracts.jira_work import TASK_QUEUE, Organization
from errors import MissingKeyError, MisuseError
from policy import variables
from policy.keys import how_to_set
from policy.known_secrets import known_secrets

# Not in the folder where a command is called: the `.env` of somebody's own project has a
# DATABASE_URL of its own, and embedded servers started there would be others than those here.
HERE = Path(__file__).resolve().parent
ENV_FILE = HERE / ".env"


def _small(name: object) -> object:
    return name.lower() if isinstance(name, str) else name


def _folder(path: object) -> object:
    if path == "":  # As a path, that would be the current folder.
        raise ValueError("must be a folder: where it is empty, leave the variable out")
    return path


class UnreadableEnvFileError(MisuseError):
    """The file `.env` is no text."""


WITHOUT_KEY = {
    "slipway_decision_key": "in production only signed decisions count, so without it every gate "
    "would wait for ever",
    "slipway_encryption_keys": "without it no secret of a webhook can be read, so every delivery "
    "would be refused",
}

KEYS_TRAVEL_TO = ("slipway_public_url", "hubspot_api_url", "github_api_url", "slack_api_url")
Name = Annotated[str, AfterValidator(variables.name)]
HttpAddress = Annotated[str, AfterValidator(variables.web_address)]
Token = Annotated[SecretStr, AfterValidator(variables.token)]
Limits = Annotated[
    dict[str, str],
    NoDecode,  # Else pydantic-settings would read it by itself, and fail with a traceback.
    BeforeValidator(variables.json_object),
    AfterValidator(variables.limits),
]
LONGEST_GRACE = timedelta(days=1)


def environment() -> Mapping[str, str]:
    """All of this process's variables, out of which programs are given what they are allowed."""
    return os.environ


def secrets() -> list[str]:
    """Values that must never be stored or logged: of the variables, and of what `.env` adds."""
    written = DotEnvSettingsSource(Settings).env_vars
    named = {name: value for name, value in written.items() if value}
    return [*known_secrets(environment()), *known_secrets(named)]


class Settings(BaseSettings):
    """`.env.example` explains each variable; names are the fields' in capitals."""

    model_config = SettingsConfigDict(env_file=ENV_FILE, frozen=True, extra="ignore")

    # A name that is nearly that of production must not pass for development.
    slipway_env: Annotated[
        Literal["development", "test", "production"], BeforeValidator(_small)
    ] = "development"
    railway_environment_name: str | None = None
    slipway_state_dir: Annotated[Path, BeforeValidator(_folder)] = Path(".slipway")
    slipway_organization: Organization = DEFAULT_ORGANIZATION
    slipway_task_queue: Name = TASK_QUEUE
    slipway_user: str | None = None

    temporal_address: str | None = None
    database_url: str | None = None
    # Names under which platforms hand out a way around the pooler.
    migration_database_url: str | None = None
    database_unpooled_url: str | None = None
    neon_direct_url: str | None = None
    redis_url: str | None = None
    database_pool_min: int = Field(default=10, ge=0, le=100)
    database_pool_max: int = Field(default=20, ge=1, le=200)

    slipway_limits: Limits = {}
    slipway_agent_isolation: Literal["best", "none"] = "best"
    # Language models: an address that speaks OpenAI's API, and Groq. Neither: built-in rules.
    slipway_llm_local_url: HttpAddress | None = None
    slipway_llm_local_model: Name = "llama3.1:8b"
    slipway_llm_local_key: Token | None = None
    groq_api_key: Token | None = None
    slipway_llm_groq_url: HttpAddress = "https://api.groq.com/openai/v1"
    slipway_llm_groq_model: Name = "openai/gpt-oss-20b"
    smtp_url: SecretStr | None = None
    smtp_sender: str = "slipway@localhost.localdomain"
    # Comma-separated origins of private networks that messages may go to.
    slipway_trusted_origins: Annotated[str, AfterValidator(variables.origins)] = ""
    slipway_start_label: Annotated[str, AfterValidator(variables.label)] = "slipway"
    # Our own accounts at providers, as `github:12345`, comma-separated: what they do is ignored.
    slipway_own_accounts: Annotated[str, AfterValidator(variables.own_accounts)] = ""
    # GitHub lets its deliveries be asked for as long as 30 days: what is forgotten would come anew.
    slipway_webhook_days: int = Field(default=35, ge=1, le=36_500)
    slipway_dead_letter_days: int = Field(default=90, ge=1, le=36_500)
    # HubSpot's webhooks say only which ticket; what is in it is asked.
    hubspot_token: Token | None = None
    hubspot_api_url: HttpAddress = "https://api.hubapi.com"
    # For `webhooks recover`.
    github_token: Token | None = None
    github_api_url: HttpAddress = "https://api.github.com"
    # Comma-separated Fernet keys; the first one encrypts, all of them decrypt.
    slipway_encryption_keys: SecretStr | None = None

    # Slack's own, or GovSlack's.
    slack_api_url: HttpAddress = "https://slack.com/api/"
    # Where people reach the gateway. With it, messages hold links to decide by.
    slipway_public_url: HttpAddress | None = None
    # Comma-separated keys under what people say; the first one signs. Agents never see it.
    slipway_decision_key: SecretStr | None = None

    # The gateway's. The worker has one of its own, so that both can run on one machine.
    port: int | None = Field(default=None, ge=0, le=65535)
    slipway_health_port: int | None = Field(default=None, ge=0, le=65535)
    # Whose word on a caller's address and scheme counts: addresses and networks with commas.
    forwarded_allow_ips: Annotated[str, AfterValidator(variables.proxies)] = "127.0.0.1"
    metrics_address: Annotated[str, AfterValidator(variables.bindable)] | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    graceful_shutdown_timeout: timedelta = Field(
        default=timedelta(seconds=25), ge=timedelta(0), le=LONGEST_GRACE
    )

    def __init__(self, **given: Any) -> None:
        """Raises UnreadableEnvFileError, ValidationError."""
        try:
            super().__init__(**given)
        except UnicodeDecodeError:
            # Not even as the cause: it holds the whole file.
            raise UnreadableEnvFileError(f"{ENV_FILE} is not UTF-8: save it as UTF-8") from None

    @model_validator(mode="before")
    @classmethod
    def _as_pasted(cls, given: dict[str, Any]) -> dict[str, Any]:
        """No value begins or ends with a space or a line break: whoever pasted it brought them."""
        return {
            name: value.strip() if isinstance(value, str) else value
            for name, value in given.items()
        }

    @model_validator(mode="after")
    def _as_many_are_kept_as_there_may_be(self) -> Self:
        """Where only the most is said, fewer than usual may be kept."""
        least, most = self.database_pool_min, self.database_pool_max
        if least > most and "database_pool_min" in self.model_fields_set:
            raise ValueError(f"DATABASE_POOL_MIN ({least}) is above DATABASE_POOL_MAX ({most})")
        return self

    @model_validator(mode="after")
    def _no_key_travels_in_the_clear(self) -> Self:
        """A link decides, and a token opens: in production both go by https alone."""
        for name in KEYS_TRAVEL_TO if self.production else ():
            if (getattr(self, name) or "").startswith("http://"):
                raise ValueError(f"{name.upper()} must begin with https:// in production")
        return self

    @property
    def production(self) -> bool:
        return self.railway_environment_name is not None or self.slipway_env == "production"

    @property
    def health_port(self) -> int | None:
        """The worker's. A platform gives each of its services a port, and asks for health there."""
        if self.slipway_health_port is not None or not self.production:
            return self.slipway_health_port
        return self.port

    @property
    def trusted_origins(self) -> frozenset[str]:
        return variables.listed(self.slipway_trusted_origins)

    @property
    def own_accounts(self) -> frozenset[str]:
        return variables.listed(self.slipway_own_accounts)

    @property
    def migration_url(self) -> str | None:
        """Migrations go around the pooler where there is a way around it."""
        return (
            self.migration_database_url
            or self.database_unpooled_url
            or self.neon_direct_url
            or self.database_url
        )

    @property
    def state_dir(self) -> Path:
        """A relative one lies in the folder of this program, wherever a command is called."""
        return HERE / self.slipway_state_dir

    def demand_keys(self, *names: str) -> None:
        """Raises MissingKeyError where a key is missing in production; elsewhere all may be."""
        for name in names if self.production else ():
            value: SecretStr | None = getattr(self, name)
            if value is None or not value.get_secret_value().strip(", "):
                variable = name.upper()
                raise MissingKeyError(
                    f"{variable} must be set: {WITHOUT_KEY[name]}. {how_to_set(variable)}"
                )
