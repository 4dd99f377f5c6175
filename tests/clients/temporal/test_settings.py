"""What Temporal's own variables may say."""

import ssl
from pathlib import Path

import pytest
from temporalio.service import TLSConfig

from clients.temporal.connection import connect
from clients.temporal.settings import TemporalSettingsError, connection


async def test_settings_of_temporal_that_cannot_be_read_are_no_server_that_is_away(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TEMPORAL_TLS_CLIENT_CERT_PATH", str(tmp_path / "none.pem"))
    with pytest.raises(TemporalSettingsError, match=r"none\.pem"):
        await connect("127.0.0.1:1")
    monkeypatch.delenv("TEMPORAL_TLS_CLIENT_CERT_PATH")
    monkeypatch.setenv("TEMPORAL_PROFILE", "of-nobody")
    with pytest.raises(TemporalSettingsError, match="of-nobody"):
        await connect("127.0.0.1:1")
    monkeypatch.delenv("TEMPORAL_PROFILE")
    for name, wrong in (("TEMPORAL_NAMESPACE", " "), ("TEMPORAL_API_KEY", "s3cr\u00e9t")):
        monkeypatch.setenv(name, wrong)
        with pytest.raises(TemporalSettingsError, match=name) as refused:
            await connect("127.0.0.1:1")
        assert "s3cr" not in str(refused.value)
        monkeypatch.delenv(name)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("TEMPORAL_TLS", "foo", "must be true or false"),
        ("TEMPORAL_TLS", "", "must be true or false"),
        ("TEMPORAL_TLS", "no", "must be true or false"),
        ("TEMPORAL_TLS_DISABLE_HOST_VERIFICATION", "foo", "must be true or false"),
        ("TEMPORAL_TLS_DISABLE_HOST_VERIFICATION", "true", "certificates are always checked"),
        ("TEMPORAL_TLS_SERVER_NAME", "a name", "must be a host's name"),
        ("TEMPORAL_TLS_SERVER_NAME", "", "is empty"),
        ("TEMPORAL_TLS_SERVER_CA_CERT_PATH", "", "is empty"),
        ("TEMPORAL_TLS_SERVER_CA_CERT_DATA", "garbage", "no certificate in PEM"),
        ("TEMPORAL_TLS_SERVER_CA_CERT_DATA", "b\u00e9", "no certificate in PEM"),
        ("TEMPORAL_TLS_CLIENT_KEY_DATA", "garbage", "give both, or neither"),
        ("TEMPORAL_CONFIG_FILE", "/nowhere/of.toml", "names no file"),
    ],
)
def test_what_means_nothing_is_refused_by_its_variables_name(
    name: str, value: str, said: str
) -> None:
    with pytest.raises(TemporalSettingsError) as refused:
        connection("127.0.0.1:1", {name: value})
    told = str(refused.value)
    assert said in told
    assert name.removesuffix("_DATA").removesuffix("CLIENT_KEY") in told
    assert "garbage" not in told


def test_a_key_that_is_none_is_refused_with_its_certificate(certificate: str) -> None:
    given = {
        "TEMPORAL_TLS_CLIENT_CERT_DATA": certificate,
        "TEMPORAL_TLS_CLIENT_KEY_DATA": "garbage",
    }
    with pytest.raises(TemporalSettingsError, match="CLIENT_KEY_DATA: holds no private key"):
        connection("127.0.0.1:1", given)
    given["TEMPORAL_TLS_SERVER_CA_CERT_DATA"] = certificate
    given["TEMPORAL_TLS_CLIENT_KEY_DATA"] = "-----BEGIN PRIVATE KEY-----"
    assert isinstance(connection("127.0.0.1:1", given)["tls"], TLSConfig)


@pytest.fixture
def certificate() -> str:
    """Of somebody; it is read, and never relied on."""
    return ssl.DER_cert_to_PEM_cert(ssl.create_default_context().get_ca_certs(binary_form=True)[0])


@pytest.mark.parametrize(
    ("value", "switched"),
    [("true\n", True), ("TRUE", True), ("1", True), ("0", False), ("False", False)],
)
def test_tls_is_switched_as_it_is_said(value: str, switched: bool) -> None:
    assert bool(connection("127.0.0.1:1", {"TEMPORAL_TLS": value})["tls"]) is switched


def test_an_empty_key_is_none_and_switches_nothing_on() -> None:
    assert connection("127.0.0.1:1", {"TEMPORAL_API_KEY": " "}) == {"target_host": "127.0.0.1:1"}
