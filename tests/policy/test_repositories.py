"""Which addresses are never handed to git."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.repositories import (
    UnsafeBranchNameError,
    UnsafeRepositoryUrlError,
    check_branch_name,
    check_repository_url,
    check_resolved,
)

GOOD = [
    "https://github.com/owner/repository",
    "https://git.example.org:8443/a/b.git",
    "https://8.8.8.8/a/b.git",
    "https://[2606:4700::1111]/a",
    "ssh://git@github.com/owner/repository.git",
    "ssh://git@git.example.org:2222/owner/repository.git",
    "git@github.com:owner/repository.git",
    "github.com:owner/repository.git",
    "https://git.corp.local/a",
]
RUNS_PROGRAMS = [
    "ext::sh -c touch% /tmp/x",
    "ext::https://github.com/a/b",
    "fd::17",
    "::x",
    "--upload-pack=touch /tmp/x",
    "-oProxyCommand=x",
    "ssh://-oProxyCommand=x/a",
    "ssh://-oProxyCommand=x@github.com/a",
    "ssh://%2doProxyCommand=x/a",
    "ssh://git@-oProxyCommand=x/a",
    "-oProxyCommand=x:a",
    "git@-oProxyCommand=x:a",
    "git@github.com:-oProxyCommand=x",
    "github.com:--upload-pack=x",
]
OTHER_WAYS = [
    "",
    "file:///etc",
    "FILE:///etc",
    "http://github.com/a/b",
    "git://github.com/a/b",
    "ftp://github.com/a/b",
    "ssh+git://github.com/a/b",
    "relative/path",
    "../up",
    "~/home",
    "C:\\repository",
    "https:///a",
    "https://github.com",
    "https://github.com/",
    "https://git hub.com/a",
    "https://github.com\\@evil.org/a",
    "https://github.com:99999/a",
    "https://github.com:port/a",
    "https://[::1/a",
    "https://github.com/" + "a" * 2_000,
    "https://gith\u200bub.com/a",
    "https://g\u0456thub.com/a",
]
SECRETS = [
    "https://user:secret@github.com/a",
    "https://secret@github.com/a",
    "ssh://git:secret@github.com/a",
    "user:secret@github.com:a",
    "https://github.com/a?access_token=secret",
    "https://github.com/a#secret",
    "ssh://a@secret@github.com/a",
]
INWARDS = [
    "localhost",
    "LOCALHOST.",
    "db.localhost",
    "postgres.railway.internal",
    "metadata.google.internal",
    "127.0.0.1",
    "127.1",
    "0",
    "0.0.0.0",
    "0x7f.1",
    "0x7f000001",
    "2130706433",
    "017700000001",
    "0177.0.0.1",
    "169.254.169.254",
    "10.0.0.1",
    "192.168.1.1",
    "224.0.0.1",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[fe80::1]",
    "[fd00::1]",
]


@pytest.mark.parametrize("url", GOOD)
def test_the_usual_addresses_pass(url: str) -> None:
    check_repository_url(url)


@pytest.mark.parametrize("url", RUNS_PROGRAMS + OTHER_WAYS + SECRETS)
@pytest.mark.parametrize("allow_local", [False, True])
def test_unsafe_addresses_are_refused_without_repeating_secrets(
    url: str, allow_local: bool
) -> None:
    with pytest.raises(UnsafeRepositoryUrlError) as caught:
        check_repository_url(url, allow_local=allow_local)
    assert "secret@" not in str(caught.value)
    assert "=secret" not in str(caught.value)


@pytest.mark.parametrize("host", INWARDS)
@pytest.mark.parametrize("form", ["https://{}/a/b", "ssh://git@{}:22/a/b", "git@{}:a/b"])
def test_addresses_that_lead_inwards_are_refused(host: str, form: str) -> None:
    with pytest.raises(UnsafeRepositoryUrlError):
        check_repository_url(form.format(host))


@pytest.mark.parametrize(
    "addresses", [[], ["93.184.216.34", "2606:4700::1111"], ["10.0.0.7"], ["fd00::7", "10.0.0.7"]]
)
def test_names_of_the_world_and_of_a_companys_own_network_pass(addresses: list[str]) -> None:
    check_resolved("https://git.example.org/a", addresses)


@pytest.mark.parametrize("port", [0, 5432, 6379, 7233])
def test_the_ports_of_our_stores_are_refused(port: int) -> None:
    with pytest.raises(UnsafeRepositoryUrlError):
        check_repository_url(f"https://git.example.org:{port}/a")


def test_paths_of_this_machine_only_where_they_are_allowed() -> None:
    check_repository_url("/srv/my repositories/ü", allow_local=True)
    with pytest.raises(UnsafeRepositoryUrlError):
        check_repository_url("/srv/repository")


@given(st.text(max_size=30), st.sampled_from(["\n", "\0", "\r", "\x1b", "\u202e", "\ud800"]))
def test_no_invisible_character_ever_passes(text: str, invisible: str) -> None:
    for url in (f"/srv/{text}{invisible}", f"https://github.com/{invisible}{text}"):
        with pytest.raises(UnsafeRepositoryUrlError):
            check_repository_url(url, allow_local=True)


@given(st.text(alphabet=string.printable + "üж", max_size=40))
def test_what_passes_is_never_an_option_nor_a_transport_helper(url: str) -> None:
    try:
        check_repository_url(url, allow_local=True)
    except UnsafeRepositoryUrlError:
        return
    assert not url.startswith("-")
    assert "::" not in url.partition("/")[0]


@pytest.mark.parametrize("name", ["main", "slipway/PROJ-1", "slipway/PROJ-1-2", "größe", "a#b"])
def test_branch_names_of_everyday_life_pass(name: str) -> None:
    check_branch_name(name)


@pytest.mark.parametrize(
    "name",
    [
        *("", "-f", "+main", "/a", "a/", ".a", "a.", "a/.b", "a..b", "a//b", "a b", "a~1", "a^"),
        *("a:b", "a?", "a*", "a[b", "a\\b", "a@{1}", "a.lock", "a.lock/b", "a\n", "a\0", "HEAD"),
        "a" * 201,
    ],
)
def test_branch_names_that_git_reads_otherwise_are_refused(name: str) -> None:
    with pytest.raises(UnsafeBranchNameError):
        check_branch_name(name)
