"""Which addresses are taken, and what is said of the others."""

import pytest

from errors import MissingAddressError
from stack.addresses import BadAddressError, Given, check
from stack.embedded import demand_all

GOOD = Given(
    temporal="name.account.tmprl.cloud:7233",
    database_url="postgres://user:pass@host/database?sslmode=require",
    redis_url="rediss://:pass@host:6379/0",
)


@pytest.mark.parametrize(
    "bad",
    [
        {"temporal": "localhost"},
        {"temporal": "localhost:seven"},
        {"temporal": "localhost:70000"},
        {"temporal": ":7233"},
        {"temporal": ""},
        {"temporal": "two words:7233"},
        {"database_url": "mysql://user:s3cret@host/database"},
        {"database_url": "postgresql://user:s3cret@host:54x2/database"},
        {"redis_url": "redis://:s3cret@host:0x1"},
        {"redis_url": "host:6379"},
        {"redis_url": "redis://:s3cret@host/zero"},
        {"redis_url": "redis://:s3cret@[::1"},
        {"redis_url": "unix:///tmp/redis.sock"},
    ],
)
def test_a_malformed_address_is_refused_by_its_variable_and_without_its_password(
    bad: dict[str, str],
) -> None:
    with pytest.raises(
        BadAddressError, match=r"^(TEMPORAL_ADDRESS|DATABASE_URL|REDIS_URL) "
    ) as told:
        check(Given(**bad))
    assert "s3cret" not in str(told.value)


def test_well_formed_addresses_and_none_at_all_are_taken() -> None:
    check(GOOD)
    check(Given())


def test_production_wants_all_three_and_names_what_is_missing() -> None:
    demand_all(GOOD)
    with pytest.raises(MissingAddressError, match=r"^DATABASE_URL and REDIS_URL must be set"):
        demand_all(Given(temporal="host:7233"))
