"""Which test command a repository has."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.test_commands import (
    SETTINGS,
    InvalidTestSettingsError,
    TestKind,
    command_for,
    unittest_arguments,
)

NPM = '{"scripts": {"test": "jest"}}'


@pytest.mark.parametrize(
    ("files", "argv"),
    [
        ({SETTINGS: "test: make check"}, ("make", "check")),
        ({SETTINGS: "test: ./run 'a b'"}, ("./run", "a b")),
        ({SETTINGS: "test: [tox, -e, py]\nelse: 1"}, ("tox", "-e", "py")),
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
        {SETTINGS: ""},
        {SETTINGS: "other: 1"},
        {SETTINGS: "test:"},
    ],
)
def test_where_nothing_means_tests_there_is_no_command(files: dict[str, str]) -> None:
    assert command_for(files) is None


def test_what_the_repository_says_itself_comes_first() -> None:
    files = {SETTINGS: "test: own", "pytest.ini": "", "package.json": NPM, "Makefile": "test:"}
    kinds = []
    for name in list(files):
        command = command_for(files)
        assert command is not None
        kinds.append(command.kind)
        del files[name]
    assert kinds == [TestKind.OWN, TestKind.PYTEST, TestKind.NPM, TestKind.MAKE]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("test: 3", "must be a command"),
        ("test: []", "must be a command"),
        ("test: [pytest, '']", "must be a command"),
        ("test: [pytest, [a]]", "must be a command"),
        ("- test", "must be a command"),
        ("test: ''", "names no program"),
        ("test: \"'' x\"", "names no program"),
        ('test: "it\'s"', "No closing quotation"),
        ("a: 1\ntest: [pytest", "line 2 is not YAML"),
        ("test: 'a\x00b'", "not YAML"),
        ('test: "a\\0b"', "names no program"),
        ('test: ["a\\0b"]', "must be a command"),
        ("test: " + "[" * 5_000, "not YAML"),
        ("!!python/object/apply:os.system [true]", "not YAML"),
    ],
)
def test_settings_that_name_no_command_say_why(text: str, complaint: str) -> None:
    with pytest.raises(InvalidTestSettingsError, match=complaint):
        command_for({SETTINGS: text, "pytest.ini": ""})


@given(st.text(max_size=200), st.text(max_size=200))
def test_no_settings_are_a_crash(settings: str, package: str) -> None:
    with suppress(InvalidTestSettingsError):
        command_for({SETTINGS: settings, "package.json": package})


def test_unittest_starts_where_it_can_import() -> None:
    rest = ("-m", "unittest", "discover", "-s")
    assert unittest_arguments({"test_a.py": ""}) == (*rest, ".")
    assert unittest_arguments({"tests/test_a.py": ""}) == (*rest, "tests")
    package = {"tests/test_a.py": "", "tests/__init__.py": ""}
    assert unittest_arguments(package) == (*rest, "tests", "-t", ".")
