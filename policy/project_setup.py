"""What a set-up hangs on, what it may know of the worker, and what of it can be kept."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from contracts.repository_settings import RepositorySettings
from policy.path_patterns import matches

# How package indexes are reached. Credentials are only in those an operator has put them in.
_INDEXES = (
    *("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX", "PIP_CONFIG_FILE"),
    *("PIP_TRUSTED_HOST", "PIP_CERT", "PIP_PROXY", "PIP_DEFAULT_TIMEOUT", "PIP_RETRIES"),
    *("UV_INDEX", "UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS"),
    *("UV_CONFIG_FILE", "UV_INSECURE_HOST", "UV_NATIVE_TLS", "UV_SYSTEM_CERTS", "UV_HTTP_TIMEOUT"),
    *("UV_OFFLINE", "UV_PYTHON", "UV_PYTHON_INSTALL_DIR", "UV_PYTHON_DOWNLOADS", "UV_NO_INDEX"),
    *("npm_config_registry", "npm_config_cafile", "npm_config_strict_ssl", "npm_config_noproxy"),
    *("npm_config_proxy", "npm_config_https_proxy", "YARN_NPM_REGISTRY_SERVER"),
)
_NETWORK = (
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
    *("http_proxy", "https_proxy", "all_proxy", "no_proxy"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
    *("NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO", "CARGO_HTTP_CAINFO"),
)
SETUP_VARIABLES = _INDEXES + tuple(name.upper() for name in _INDEXES if name[0] == "n") + _NETWORK

_LOCK_FILES = (
    *("*requirements*.txt", "*requirements*.in", "*constraints*.txt", "pylock*.toml", "uv.lock"),
    *("pyproject.toml", "setup.py", "setup.cfg", "tox.ini", "poetry.lock", "pdm.lock"),
    *("Pipfile", "Pipfile.lock", "environment.yml", "environment.yaml", ".python-version"),
    *("package.json", "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", ".yarnrc.yml"),
    *("pnpm-lock.yaml", "pnpm-workspace.yaml", "bun.lock", "bun.lockb", ".npmrc", ".nvmrc"),
    *("Gemfile", "Gemfile.lock", "*.gemspec", "composer.json", "composer.lock", "go.mod"),
    *("go.sum", "Cargo.toml", "Cargo.lock", "mix.exs", "mix.lock", ".tool-versions"),
)
_REQUIREMENTS = "requirements"
_PYTHON_FILES = (
    *("pyproject.toml", "setup.py", "setup.cfg", "Pipfile", "tox.ini", "pytest.ini"),
    *("*.py", "*requirements*.txt"),
)
_PYTHON_PROGRAMS = ("{python}", "python", "python3", "pip", "pip3", "uv", "poetry", "pdm", "tox")
DEPENDENCIES = (
    *("node_modules", "bower_components", ".yarn", ".pnp.*", "vendor", ".bundle"),
    *(".venv", "venv", "*.egg-info", "__pypackages__"),
)
_BY_THE_WAY = ("__pycache__", "*.pyc", "build", ".eggs", ".pytest_cache", ".npm", ".cache")


def decides(path: str, settings: RepositorySettings) -> bool:
    """Whether a set-up must run again when this file changes."""
    place = PurePosixPath(path)
    if any(fnmatchcase(place.name, known) for known in _LOCK_FILES):
        return True
    if place.suffix in (".txt", ".in") and _REQUIREMENTS in place.parts:
        return True
    return _is_named(place, settings) or any(matches(path, own) for own in settings.cache_key)


def needs_venv(names: Iterable[str], settings: RepositorySettings) -> bool:
    """`names` are those in the repository's root."""
    words = {word for command in settings.setup for part in command for word in part.split()}
    if words.intersection(_PYTHON_PROGRAMS):
        return True
    return any(fnmatchcase(name, known) for name in names for known in _PYTHON_FILES)


def is_dependency(name: str) -> bool:
    """Whether a new file or folder of this name holds what was fetched, and not what was made
    from the repository's own files, which would go stale."""
    return any(fnmatchcase(name, known) for known in DEPENDENCIES)


def is_by_the_way(path: str, settings: RepositorySettings) -> bool:
    """Left by set-ups and missed by nobody, part of what was there already (an sdist comes with
    its `.egg-info`), or a lock file, which then stands for itself."""
    *above, name = PurePosixPath(path).parts
    known = any(fnmatchcase(name, one) for one in _BY_THE_WAY) or any(map(is_dependency, above))
    return known or decides(path, settings)


def _is_named(place: PurePosixPath, settings: RepositorySettings) -> bool:
    """A command names it: as `./bootstrap`, `-r deps/dev.txt` or `--file=deps/dev.txt`."""
    words = {word for command in settings.setup for word in command}
    words |= {word.partition("=")[2] for word in words} | {
        word.removeprefix("-r") for word in words
    }
    return place in {PurePosixPath(word) for word in words if word}
