"""What a set-up hangs on."""

import pytest

from contracts.repository_settings import RepositorySettings
from policy.project_setup import SETUP_VARIABLES, decides, is_by_the_way, is_dependency, needs_venv

NOTHING = RepositorySettings()


@pytest.mark.parametrize(
    "path",
    [
        *("requirements.txt", "dev-requirements.in", "requirements/base.txt", "constraints.txt"),
        *("pyproject.toml", "uv.lock", "poetry.lock", "packages/web/package.json", "yarn.lock"),
        *("package-lock.json", "go.sum", "Cargo.lock", "Gemfile.lock"),
    ],
)
def test_lock_files_decide_at_any_depth(path: str) -> None:
    assert decides(path, NOTHING)


@pytest.mark.parametrize("path", ["src/a.py", "README.md", "notes.txt", "lock"])
def test_the_projects_own_files_do_not(path: str) -> None:
    assert not decides(path, NOTHING)


@pytest.mark.parametrize(
    "command",
    [
        ("./deps/dev.list",),
        ("pip", "install", "-r", "deps/dev.list"),
        ("pip", "install", "-rdeps/dev.list"),
        ("conda", "--file=deps/dev.list"),
    ],
)
def test_a_file_that_a_command_names_decides(command: tuple[str, ...]) -> None:
    assert decides("deps/dev.list", RepositorySettings(setup=(command,)))
    assert not decides("deps/other.list", RepositorySettings(setup=(command,)))


def test_the_repository_names_more_that_decides() -> None:
    settings = RepositorySettings(cache_key=("native/**",))
    assert decides("native/fast.c", settings)
    assert not decides("other/fast.c", settings)


def test_python_projects_get_an_environment_of_their_own() -> None:
    pip = RepositorySettings(setup=(("pip", "install", "x"),))
    assert needs_venv([], pip)
    assert needs_venv([], RepositorySettings(setup=(("sh", "-c", "cd a && pip install x"),)))
    assert needs_venv(["setup.py"], NOTHING)
    assert not needs_venv(["package.json"], RepositorySettings(setup=(("npm", "ci"),)))


def test_what_was_fetched_is_told_from_what_was_made() -> None:
    assert all(is_dependency(name) for name in ("node_modules", ".venv", "x.egg-info", ".pnp.cjs"))
    assert not any(is_dependency(name) for name in ("generated", "dist", "src"))


@pytest.mark.parametrize(
    ("path", "by_the_way"),
    [
        ("src/__pycache__", True),
        ("x.egg-info/SOURCES.txt", True),
        ("package-lock.json", True),
        ("src/generated.c", False),
        ("config/local.ini", False),
    ],
)
def test_what_set_ups_leave_by_the_way_is_missed_by_nobody(path: str, by_the_way: bool) -> None:
    assert is_by_the_way(path, NOTHING) is by_the_way


def test_no_variable_that_is_passed_on_names_a_secret() -> None:
    assert not [
        name
        for name in SETUP_VARIABLES
        if any(word in name.upper() for word in ("TOKEN", "SECRET", "PASSWORD", "AUTH", "KEY"))
    ]
