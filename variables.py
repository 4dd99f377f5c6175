"""All variables that were given to this process: its own, and those that `.env` adds."""

from collections.abc import Mapping

from pydantic_settings import DotEnvSettingsSource

from policy.variable_names import not_heeded
from settings import Settings, environment


def temporal_variables() -> Mapping[str, str]:
    """What Temporal's SDK is to read: by itself it knows nothing of `.env`."""
    added = {name: value for name, value in _written().items() if name.startswith("TEMPORAL_")}
    return {**added, **environment()}


def unheeded_variables() -> list[str]:
    """A line for each that is named as ours are, and that nobody reads."""
    known = [name.upper() for name in Settings.model_fields]
    return not_heeded([*_written(), *environment()], known)


def _written() -> dict[str, str]:
    """Of `.env`, by names in capitals."""
    written = DotEnvSettingsSource(Settings).env_vars
    return {name.upper(): value for name, value in written.items() if value is not None}
