"""Which test command a repository has, read from its files."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from contracts.repository_settings import FILE

# The files whose text decides; all others matter by their names alone.
MAKEFILES = ("GNUmakefile", "makefile", "Makefile")
READ = ("pyproject.toml", "setup.cfg", "tox.ini", "package.json", *MAKEFILES)
PYTHON = "{python}"
LOOKED_FOR = (
    f"`test` in {FILE} of the default branch, "
    "pytest (its settings, conftest.py, test_*.py in . or tests/), "
    "a test script in package.json, go.mod, Cargo.toml, a test target in Makefile"
)
_PYTEST_SECTIONS = {
    "pyproject.toml": r"^\[tool\.pytest\b",
    "setup.cfg": r"^\[tool:pytest\]",
    "tox.ini": r"^\[pytest\]",
}
_TEST_MODULE = re.compile(r"(tests?/)?(test_[^/]*|[^/]*_test)\.py")
_NPM_INIT = "no test specified"


class TestKind(StrEnum):
    __test__ = False  # Not a test, whatever pytest thinks of its name.

    OWN = "own"
    PYTEST = "pytest"
    NPM = "npm"
    GO = "go"
    CARGO = "cargo"
    MAKE = "make"


@dataclass(frozen=True)
class TestCommand:
    """`{python}` as first argument is for the caller to fill in. `reason` is for people."""

    __test__ = False

    kind: TestKind
    argv: tuple[str, ...]
    reason: str


Files = Mapping[str, str]


def command_for(files: Files, named: tuple[str, ...] | None = None) -> TestCommand | None:
    """`named` is what the settings of the repository say; that comes first, then the ecosystems
    by how surely their files mean tests. `files` maps the names of files in the root and in
    tests/ to their text, which may be "" for all but those in READ."""
    if named is not None:
        return TestCommand(TestKind.OWN, named, f"{FILE} names it")
    found = (rule(files) for rule in _RULES)
    return next((command for command in found if command is not None), None)


def unittest_arguments(files: Files) -> tuple[str, ...]:
    """For a Python without pytest. unittest looks into no folder that is not a package."""
    start = "tests" if any(name.startswith("tests/test") for name in files) else "."
    package = start == "tests" and "tests/__init__.py" in files
    where = ("-s", start, "-t", ".") if package else ("-s", start)
    return ("-m", "unittest", "discover", *where)


def _pytest(files: Files) -> TestCommand | None:
    argv = (PYTHON, "-m", "pytest")
    sections = _PYTEST_SECTIONS.items()
    signs = [name for name in ("pytest.ini", "conftest.py", "tests/conftest.py") if name in files]
    signs += [name for name, head in sections if re.search(head, files.get(name, ""), re.M)]
    signs += sorted(name for name in files if _TEST_MODULE.fullmatch(name))
    return TestCommand(TestKind.PYTEST, argv, f"there is {signs[0]}") if signs else None


def configures_pytest(files: Files) -> bool:
    """Whether pytest finds settings in the root, and looks no further up."""
    own = any(name in files for name in ("pytest.ini", ".pytest.ini", "pytest.toml"))
    sections = _PYTEST_SECTIONS.items()
    return own or any(re.search(head, files.get(name, ""), re.M) for name, head in sections)


def _npm(files: Files) -> TestCommand | None:
    try:
        script = json.loads(files.get("package.json", "{}"))["scripts"]["test"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if not isinstance(script, str) or not script.strip() or _NPM_INIT in script:
        return None
    return TestCommand(TestKind.NPM, ("npm", "test"), "package.json has a test script")


def _go(files: Files) -> TestCommand | None:
    known = "go.mod" in files or "go.work" in files
    return TestCommand(TestKind.GO, ("go", "test", "./..."), "there is go.mod") if known else None


def _cargo(files: Files) -> TestCommand | None:
    argv = ("cargo", "test")
    return (
        TestCommand(TestKind.CARGO, argv, "there is Cargo.toml") if "Cargo.toml" in files else None
    )


def _make(files: Files) -> TestCommand | None:
    text = next((files[name] for name in MAKEFILES if name in files), "")
    if not re.search(r"^test[ \t]*::?(?!=)", text, re.M):
        return None
    return TestCommand(TestKind.MAKE, ("make", "test"), "the Makefile has a test target")


_RULES: tuple[Callable[[Files], TestCommand | None], ...] = (
    _pytest,
    _npm,
    _go,
    _cargo,
    _make,
)
