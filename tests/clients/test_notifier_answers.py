"""What is read from a provider's header and from a mail server's URL."""

from datetime import UTC, datetime, timedelta

import pytest

from clients.notifiers.answers import retry_after
from clients.notifiers.mail import InvalidSmtpUrlError, MailServer

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize("url", ["", "mail.example.org", "http://x", "smtp://", "smtp://h:x"])
def test_an_address_of_no_mail_server_is_refused_unquoted(url: str) -> None:
    with pytest.raises(InvalidSmtpUrlError, match="SMTP_URL"):
        MailServer.parsed(url, "slipway@example.org")


def test_a_mail_server_is_read_from_its_url() -> None:
    server = MailServer.parsed("smtps://us%40er:p%2Fw@mail.example.org", "slipway@example.org")
    assert (server.host, server.port, server.tls) == ("mail.example.org", 465, True)
    assert (server.username, server.password) == ("us@er", "p/w")
    assert "p/w" not in repr(server)


@pytest.mark.parametrize(
    ("header", "delay"),
    [
        ("120", timedelta(minutes=2)),
        ("Fri, 20 Nov 2026 12:05:00 GMT", timedelta(minutes=5)),
        ("Fri, 20 Nov 2026 11:00:00 GMT", timedelta()),
        ("99999999999999999999", timedelta(days=1)),
        *((text, timedelta()) for text in ("", "-5", "soon", "1.5", "\u0661", "nan", None)),
    ],
)
def test_retry_after_is_read_in_both_forms(header: str | None, delay: timedelta) -> None:
    assert retry_after(header, NOW) == delay
