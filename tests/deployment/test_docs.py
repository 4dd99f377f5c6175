"""The documents name what is there, and what they tell people to type can be typed."""

import re
import shlex
import subprocess
from pathlib import Path
from shutil import copytree

import pytest
from temporalio.envconfig import ClientConfigProfile

from contracts.search_attributes import SEARCH_ATTRIBUTES
from contracts.webhooks import WebhookSource
from tests.deployment.blocks import DOCUMENTS, Typed, typed
from tests.deployment.conftest import Environment, Image
from tests.deployment.files import ROOT
from tests.deployment.programs import Shell
from tests.deployment.variables import DEPLOYMENT, KNOWN, OURS, TEMPORAL, agents
from web.bodies import MIB
from web.webhooks import LIMITS

LINES = list({one.line: one for one in typed()}.values())
DEPLOYING, LAYOUT = ROOT / "docs" / "deploy-railway.md", ROOT / "docs" / "code.md"
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")
VARIABLE = re.compile(r"\b(?:SLIPWAY|TEMPORAL|DATABASE|REDIS|RAILWAY|POSTGRES|VALKEY)_[A-Z_]+\b")
EXAMPLE = (ROOT / ".env.example").read_text()
EXAMPLED = re.findall(r"^# ([A-Z][A-Z_]+)=", EXAMPLE, re.M)


@pytest.mark.parametrize("said", LINES, ids=str)
def test_what_is_to_be_typed_can_be_typed(
    said: Typed,
    image: Image,
    released: Environment,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "ticket.txt").write_text("The sum is a cent too high.")
    monkeypatch.chdir(tmp_path)
    Shell(image, released).check(shlex.split(said.line))


def test_what_is_shown_as_an_answer_is_the_answer(image: Image, tmp_path: Path) -> None:
    """Lines with dots leave something out, and another machine has other paths."""
    shop = tmp_path / "shop"
    copytree(ROOT / "examples" / "invoices" / "repository", shop)
    for step in ("init", "add .", "-c user.name=a -c user.email=a@example.org commit -m Begun"):
        subprocess.run(["git", "-C", str(shop), *step.split()], capture_output=True, check=True)
    answered = [one for one in LINES if one.answer]
    assert answered
    for said in answered:
        done = subprocess.run(
            ["sh", "-c", said.line.replace(".venv/bin/python", "python")],
            cwd=image.app,
            env=image.environment({"HOME": str(tmp_path), "SLIPWAY_ENV": "development"}),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        shown = [line for line in said.answer.splitlines() if line.strip(" .")]
        pattern = ".*".join(re.sub(r"/[\\\w./-]+$", r"/\\S+", re.escape(line)) for line in shown)
        assert re.search(pattern, done.stdout, re.S), done.stdout + done.stderr


def test_commands_in_the_middle_of_a_sentence_can_be_typed_too(
    image: Image, released: Environment
) -> None:
    inline = {code for one in DOCUMENTS for code in CODE.findall(one.read_text())}
    whole = re.compile(r"(make [a-z]+|railway .*[a-z])$")
    found = [code for code in inline if whole.match(code) and code != "railway config"]
    assert found
    for code in found:
        Shell(image, released).check(shlex.split(code))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_to_something(document: Path) -> None:
    local = [link for link in LINK.findall(document.read_text()) if "://" not in link]
    assert [link for link in local if not (document.parent / link).exists()] == []


@pytest.mark.parametrize(
    "document", [ROOT / "README.md", DEPLOYING, LAYOUT], ids=lambda path: path.name
)
def test_files_that_are_named_are_there(document: Path) -> None:
    tops = {path.name for path in ROOT.iterdir() if path.is_dir()} - {".slipway", ".venv"}
    named = [code for code in CODE.findall(document.read_text()) if code.split("/")[0] in tops]
    assert [name for name in named if "/" in name and not (ROOT / name).exists()] == []


def test_a_newcomer_is_told_of_each_package_and_each_file_at_the_top() -> None:
    packages = {f"{one.parent.name}/" for one in ROOT.glob("[a-z]*/__init__.py")}
    files = {path.name for path in ROOT.glob("*.py")}
    assert packages
    assert (packages | files) - set(CODE.findall(LAYOUT.read_text())) == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_variables_that_are_named_are_read(document: Path) -> None:
    known = KNOWN | set(VARIABLE.findall(_product()))
    assert set(VARIABLE.findall(document.read_text())) - known == set()


def _product() -> str:
    folders = [path for path in ROOT.iterdir() if path.is_dir() and path.name[0] != "."]
    sources = [one for folder in folders if folder.name != "tests" for one in folder.rglob("*.py")]
    return "\n".join(one.read_text() for one in sources)


def test_each_variable_is_explained_once() -> None:
    assert sorted(EXAMPLED) == sorted(set(EXAMPLED))
    assert set(EXAMPLED) == OURS | TEMPORAL | agents() | DEPLOYMENT - {"UI_UPSTREAM"}


def test_what_railway_sets_by_itself_is_said() -> None:
    for name in ("PORT", "RAILWAY_ENVIRONMENT_NAME"):
        assert re.search(rf"^# Railway: set by itself.*\n# {name}=", EXAMPLE, re.M), name


def test_the_example_with_nothing_chosen_chooses_nothing() -> None:
    assert [line for line in EXAMPLE.splitlines() if line and not line.startswith("#")] == []


def test_temporals_own_variables_are_read_by_temporal() -> None:
    given = dict.fromkeys(TEMPORAL, "/some/text")
    given["TEMPORAL_TLS"] = "true"
    profile = ClientConfigProfile.load(disable_file=True, override_env_vars=given)
    tls = profile.tls
    assert tls is not None
    assert {profile.address, profile.namespace, profile.api_key, tls.server_name} == {"/some/text"}
    paths = {tls.server_root_ca_cert, tls.client_cert, tls.client_private_key}
    assert paths == {Path("/some/text")}
    assert tls.disabled is False


def test_search_attributes_to_be_made_by_hand_are_all_there() -> None:
    rows = re.findall(r"^\| `(Slipway\w+)` \| (\w+) \|$", DEPLOYING.read_text(), re.M)
    assert dict(rows) == SEARCH_ATTRIBUTES


def test_each_source_of_webhooks_is_told_of_and_how_much_it_may_send() -> None:
    told = (ROOT / "docs" / "webhooks.md").read_text()
    rows = re.findall(r"^\| `([a-z]+)` \|", told, re.M)
    assert sorted(rows) == sorted(source.lower() for source in WebhookSource)
    limits = {
        source: int(size) for size, source in re.findall(r"(\d+) MiB at most from `(\w+)`", told)
    }
    assert {source: size * MIB for source, size in limits.items()} == LIMITS
