"""What our own account causes, and what is said once more, asks for nothing."""

from typing import Any

import pytest

from contracts.commands import Account
from policy.house_rules import HouseRules
from policy.routing import route
from tests.policy.deliveries import EVENTS, NAMES, delivered, of_sample, payload_of


def authors(commands: tuple[Any, ...]) -> set[Account]:
    return {one.by for one in commands if getattr(one, "by", None) is not None}


AUTHORS = {name: found for name in NAMES if (found := authors(of_sample(name).commands))}


@pytest.mark.parametrize("name", AUTHORS)
def test_what_our_own_account_did_asks_for_nothing(name: str) -> None:
    source, kind = name.split(".")[:2]
    rules = HouseRules(own_accounts=frozenset(map(str, AUTHORS[name])))
    delivery = delivered(source, EVENTS.get(name, kind), payload_of(name))
    assert authors(route(delivery, rules).commands) == set()


def test_there_are_such_of_every_host() -> None:
    assert {name.split(".")[0] for name in AUTHORS} >= {"bitbucket", "github", "gitlab", "jira"}


@pytest.mark.parametrize("change", [{"action": "update"}, {"system": True}])
def test_at_gitlab_only_what_a_person_has_just_written_is_heard(change: dict[str, Any]) -> None:
    for name in ("gitlab.note.issue", "gitlab.note.merge_request"):
        payload = payload_of(name)
        assert authors(of_sample(name, payload).commands)
        payload["object_attributes"] |= change
        assert of_sample(name, payload).commands == ()
