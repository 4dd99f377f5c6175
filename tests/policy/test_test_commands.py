"""Which test command a repository has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.test_commands import TestKind, command_for, unittest_arguments

NPM = '{"scripts": {"test": "jest"}}'


@pytest.mark.parametrize(
    ("files", "argv"),
    [
        ({"pytest.ini": ""}, ("{python}", "-m", "pytest")),
        ({"pyproject.toml": "[tool.pytest.ini_options]\n"}, ("{python}", "-m", "pytest")),
        ({"setup.cfg": "[tool:pytest]\n"}, ("{python}", "-m", "pytest")),
        ({"tox.ini": "[tox]\n[pytest]\n"}, ("{python}", "-m", "pytest")),
        ({"tests/test_a.py": ""}, ("{python}", "-m", "pytest")),
        ({"a_test.py": ""}, ("{python}", "-m", "pytest")),
        ({"package.json": NPM}, ("npm", "test")),
        ({"go.mod": ""}, ("go", "test", "./...")),
        ({"Cargo.toml": ""}, ("cargo", "test")),
        ({"Makefile": "build:\n\ttrue\ntest: build\n\ttrue\n"}, ("make", "test")),
        ({"makefile": "test::\n"}, ("make", "test")),
    ],
)
def test_each_kind_of_repository_is_known_by_its_files(
    files: dict[str, str], argv: tuple[str, ...]
) -> None:
    command = command_for(files)
    assert command is not None
    assert command.argv == argv
    assert command.reason


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"README.md": "", "tests/notes.md": ""},
        {"pyproject.toml": "[project]\n"},
        {"package.json": '{"scripts": {"test": "echo \\"Error: no test specified\\" && exit 1"}}'},
        {"package.json": '{"scripts": {"test": " "}}'},
        {"package.json": '{"scripts": {"test": ["jest"]}}'},
        {"package.json": '{"scripts": null}'},
        {"package.json": "[" * 100_000},
        {"package.json": "1" * 5_000},
        {"Makefile": "test := 1\ntests:\n\ttrue\n"},
    ],
)
def test_where_nothing_means_tests_there_is_no_command(files: dict[str, str]) -> None:
    assert command_for(files) is None


def test_what_the_repository_says_itself_comes_first() -> None:
    files = {"pytest.ini": "", "package.json": NPM, "Makefile": "test:"}
    own = command_for(files, ("make", "check"))
    assert own is not None
    assert (own.kind, own.argv) == (TestKind.OWN, ("make", "check"))
    kinds = []
    for name in list(files):
        command = command_for(files)
        assert command is not None
        kinds.append(command.kind)
        del files[name]
    assert kinds == [TestKind.PYTEST, TestKind.NPM, TestKind.MAKE]


def test_the_settings_in_a_checkout_are_not_asked() -> None:
    assert command_for({".slipway.yaml": "test: make check"}) is None


@given(st.text(max_size=200))
def test_no_package_is_a_crash(package: str) -> None:
    command_for({"package.json": package})


def test_unittest_starts_where_it_can_import() -> None:
    rest = ("-m", "unittest", "discover", "-s")
    assert unittest_arguments({"test_a.py": ""}) == (*rest, ".")
    assert unittest_arguments({"tests/test_a.py": ""}) == (*rest, "tests")
    package = {"tests/test_a.py": "", "tests/__init__.py": ""}
    assert unittest_arguments(package) == (*rest, "tests", "-t", ".")
