"""Which repository addresses and branch names are ever handed to git."""

import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

from errors import MisuseError, PermanentError

MAX_LENGTH = 2_000
# Postgres, Redis and Temporal: never a git server, always something worth attacking.
STORE_PORTS = {5432, 6379, 7233}
INWARD_NAMES = ("localhost", "localdomain", "railway.internal", "google.internal")
HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?\.?")
USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
PATH = re.compile(r"/*[^-/].*")
SCP = re.compile(r"(?:(?P<user>[^@/:]*)@)?(?P<host>[^@/:]+):(?P<path>.*)")
NOT_IN_BRANCHES = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(/|$)")


class UnsafeRepositoryUrlError(MisuseError):
    """An address that is never handed to git; the message says which rule it breaks."""


class UnsafeBranchNameError(PermanentError):
    """A branch name that git would refuse, or would read as something else."""


def check_repository_url(url: str, *, allow_local: bool = False) -> None:
    """Passes https://host/path, ssh://user@host/path, user@host:path, and with `allow_local` the
    absolute path of a folder. Whether a *name* leads inwards, only a resolver can tell.

    Git's own readings of an address: https://git-scm.com/docs/git-clone#_git_urls, and
    https://git-scm.com/docs/gitremote-helpers for `transport::address`.
    """
    if reason := _objection(url, allow_local):
        raise UnsafeRepositoryUrlError(
            f"The repository address {_shown(url)} is not accepted: {reason}."
        )


def check_resolved(url: str, addresses: Iterable[str]) -> None:
    """By what the host's name leads to now. Private networks pass, since companies keep their git
    servers there, but for a name that leads out and in at once."""
    found = [_plain(one) for one in addresses]
    if any(one.is_loopback or one.is_link_local or one.is_unspecified for one in found):
        reason = "its host leads to this machine, or to where its keys are handed out"
    elif len({one.is_global for one in found}) > 1:
        reason = "its host leads out into the world and into a private network at once"
    else:
        return
    raise UnsafeRepositoryUrlError(f"The repository address {_shown(url)} is not used: {reason}.")


def check_branch_name(name: str) -> None:
    """The rules of https://git-scm.com/docs/git-check-ref-format, a little tighter."""
    if (
        not 0 < len(name) <= 200
        or name[0] in "-./+"
        or name[-1] in "./"
        or not name.isprintable()
        or name == "HEAD"
        or NOT_IN_BRANCHES.search(name)
    ):
        raise UnsafeBranchNameError(f"{name[:200]!r} can't be the name of a branch.")


def host_of(url: str) -> str | None:
    """Whose server it is, in small letters; None for a folder of this machine."""
    if "://" in url:
        return urlsplit(url).hostname
    found = None if url.startswith("/") else SCP.fullmatch(url)
    return found["host"].lower() if found else None


def place_of(url: str) -> str | None:
    """Which repository an address leads to, however it is spelt: `host/owner/name` in small
    letters, as git hosts compare names. None for a folder of this machine."""
    host = host_of(url)
    if host is None:
        return None
    path = urlsplit(url).path if "://" in url else url.partition(":")[2]
    return f"{host}/{path.strip('/').lower().removesuffix('.git')}"


def _objection(url: str, allow_local: bool) -> str | None:
    if not url or len(url) > MAX_LENGTH:
        return f"it must have between 1 and {MAX_LENGTH:,} characters"
    if not url.isprintable():
        return "it holds a control character or another invisible one"
    if url.startswith("-"):
        return "it starts with a dash, like an option"
    if re.match(r"[\w.+-]*::", url):
        return "transport helpers (name::address) run programs"
    if url.startswith("/"):
        return None if allow_local else "paths of this machine are switched off here"
    if " " in url or "\\" in url:
        return "it holds a space or a backslash"
    return _objection_to_remote(url)


def _objection_to_remote(url: str) -> str | None:
    if "://" in url:
        return _objection_to_url(url)
    if scp := SCP.fullmatch(url):
        if scp["user"] is not None and not USER.fullmatch(scp["user"]):
            return "its user is not a plain name"
        if "@" in scp["path"]:
            return "it carries a password, which would end up in logs"
        return _objection_to_place(scp["host"], scp["path"])
    return "it is neither https://, nor ssh://, nor user@host:path, nor a path that starts with /"


def _objection_to_url(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "it can't be read as a URL"
    if parts.scheme not in {"https", "ssh"}:
        return f"{parts.scheme}:// is not allowed, only https:// and ssh://"
    if "?" in url or "#" in url:
        return "it carries a query or a fragment, where secrets might hide"
    if port == 0 or port in STORE_PORTS:
        return f"nobody serves git on port {port}"
    return _objection_to_user(parts) or _objection_to_place(parts.hostname or "", parts.path)


def _objection_to_user(parts: SplitResult) -> str | None:
    if parts.password is not None:
        return "it carries a password, which would end up in logs"
    if parts.username is None:
        return None
    if parts.scheme == "https":
        return "it carries a user or a token, which would end up in logs"
    return None if USER.fullmatch(parts.username) else "its user is not a plain name"


def _objection_to_place(host: str, path: str) -> str | None:
    if not PATH.fullmatch(path):
        return "it names no repository, or one that starts with a dash"
    if ":" in host:
        return _objection_to_address(host)
    if not HOST.fullmatch(host):
        return "its host is not a plain host name"
    name = host.rstrip(".").lower()
    if leads_inwards(name):
        return "its host is a name of this machine or of a private network"
    # Resolvers take 0x7f.1, 2130706433 and 017700000001 for addresses: only the usual form passes.
    if re.fullmatch(r"0x[0-9a-f]*|[0-9]+", name.rpartition(".")[2]):
        return _objection_to_address(host)
    return None


def leads_inwards(name: str) -> bool:
    """`name` is a host's, in small letters and without a dot at its end."""
    return any(f".{name}".endswith(f".{inward}") for inward in INWARD_NAMES)


def _objection_to_address(host: str) -> str | None:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "its host is not an address in the usual form"
    if _plain(host).is_global and not address.is_multicast:
        return None
    return "its host is an address of this machine or of a private network"


def _plain(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """An IPv4 address that is written as an IPv6 one is that IPv4 address."""
    ip = ipaddress.ip_address(address)
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return mapped or ip


def _shown(url: str) -> str:
    """Without what may be a secret: everything before the last @, and the query."""
    return repr(re.sub(r"^(\w+://)?.*@", r"\1***@", url.partition("?")[0], flags=re.S)[:200])
