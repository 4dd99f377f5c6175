"""What Temporal's own variables, and the file that they may name, say of the connection."""

import re
import ssl
from collections.abc import Mapping
from pathlib import Path

from temporalio.envconfig import ClientConfig, ClientConnectConfig
from temporalio.service import TLSConfig

from contracts.text import clipped, one_line
from errors import MisuseError
from policy.variables import HOST, switch

UNCHECKED = "TEMPORAL_TLS_DISABLE_HOST_VERIFICATION"


class TemporalSettingsError(MisuseError):
    """Temporal's own variables, or the file that they name, mean nothing, or can't be read."""


def connection(address: str | None, variables: Mapping[str, str] | None) -> ClientConnectConfig:
    """Without `variables`, those of this process count. Raises TemporalSettingsError."""
    try:
        settings = ClientConfig.load_client_connect_config(
            override_env_vars=None if variables is None else _checked(variables)
        )
    except (RuntimeError, OSError) as error:
        why = clipped(one_line(str(error)), 300)
        raise TemporalSettingsError(
            f"Temporal's settings can't be read: {why}. Check the variables TEMPORAL_PROFILE, "
            "TEMPORAL_CONFIG_FILE and TEMPORAL_TLS_…"
        ) from error
    if address is not None:
        settings["target_host"] = address
    _demand_certificates(settings.get("tls"))
    return _as_pasted(settings)


def _checked(variables: Mapping[str, str]) -> dict[str, str]:
    """Temporal takes whatever is not "false" for "true", and a file that is not there for none.
    An empty key is none, though for Temporal it switches TLS on."""
    ours = {
        name: value.strip() if name.startswith("TEMPORAL_") else value
        for name, value in variables.items()
    }
    if not ours.get("TEMPORAL_API_KEY"):
        ours.pop("TEMPORAL_API_KEY", None)
    for name in {"TEMPORAL_TLS", UNCHECKED} & ours.keys():
        try:
            ours[name] = switch(ours[name])
        except ValueError as error:
            raise TemporalSettingsError(f"{name}: {error}") from None
    for name in (name for name in ours if name.startswith("TEMPORAL_TLS_") and not ours[name]):
        raise TemporalSettingsError(f"{name} is empty: give it a value, or leave it out")
    if ours.get(UNCHECKED) == "true":
        raise TemporalSettingsError(
            f"{UNCHECKED}: certificates are always checked. Where theirs is for another name, say "
            "it in TEMPORAL_TLS_SERVER_NAME; who signed it, in TEMPORAL_TLS_SERVER_CA_CERT_PATH"
        )
    if re.fullmatch(HOST, ours.get("TEMPORAL_TLS_SERVER_NAME", "none")) is None:
        raise TemporalSettingsError("TEMPORAL_TLS_SERVER_NAME: must be a host's name, and no more")
    file = ours.get("TEMPORAL_CONFIG_FILE")
    if file and not Path(file).is_file():
        raise TemporalSettingsError("TEMPORAL_CONFIG_FILE: names no file that is there")
    return ours


def _demand_certificates(tls: bool | TLSConfig | None) -> None:
    """What is none passes for a server that is away."""
    if not isinstance(tls, TLSConfig):
        return
    if bool(tls.client_cert) != bool(tls.client_private_key):
        raise TemporalSettingsError(
            "TEMPORAL_TLS_CLIENT_CERT_… and TEMPORAL_TLS_CLIENT_KEY_… go together: give both, or "
            "neither"
        )
    given = {"SERVER_CA_CERT": tls.server_root_ca_cert, "CLIENT_CERT": tls.client_cert}
    for name, text in given.items():
        if text is not None and not _is_certificate(text):
            raise TemporalSettingsError(_no_pem(name, "certificate"))
    if tls.client_private_key and b"PRIVATE KEY-----" not in tls.client_private_key:
        raise TemporalSettingsError(_no_pem("CLIENT_KEY", "private key"))


def _is_certificate(text: bytes) -> bool:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=text.decode("ascii"))
    except (ValueError, OSError):
        return False
    return True


def _no_pem(name: str, what: str) -> str:
    place = f"TEMPORAL_TLS_{name}"
    return f"{place}_PATH or {place}_DATA: holds no {what} in PEM's form, -----BEGIN … and all"


def _as_pasted(settings: ClientConnectConfig) -> ClientConnectConfig:
    """Line ends that came along are left out. What could reach nobody passes for a server that is
    away."""
    namespace, key = settings.get("namespace"), settings.get("api_key")
    if namespace is not None:
        settings["namespace"] = namespace.strip()
        if not settings["namespace"]:
            raise TemporalSettingsError("TEMPORAL_NAMESPACE is empty: name one, or leave it out")
    if key is not None:
        settings["api_key"] = key.strip()
        if not (key.strip().isascii() and key.strip().isprintable()):
            raise TemporalSettingsError("TEMPORAL_API_KEY holds what no key has: copy it anew")
    return settings
