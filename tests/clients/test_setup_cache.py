"""Which set-ups are kept, and for how long."""

import os
from pathlib import Path

import pytest

from clients.file_locks import FileLock
from clients.kept_trees import MANIFEST
from clients.setup_cache import SetupCache


@pytest.fixture
def cache(tmp_path: Path) -> SetupCache:
    return SetupCache(tmp_path / "setups", most=2)


def kept(cache: SetupCache, *keys: str) -> None:
    for at, key in enumerate(keys, start=1):
        cache.keep(key, {}, {})
        os.utime(cache.folder / key / MANIFEST, (at, at))


def names(cache: SetupCache) -> list[str]:
    return sorted(os.listdir(cache.folder))


def test_what_was_used_last_stays_longest(cache: SetupCache) -> None:
    kept(cache, "a", "b", "c")
    assert cache.lay("a", {})
    cache.prune()
    assert names(cache) == ["a", "c"]


def test_what_is_in_use_is_left_alone(cache: SetupCache) -> None:
    kept(cache, "a", "b", "c")
    lock = FileLock.acquire(cache.lock("a"))
    assert lock is not None
    cache.prune()
    assert names(cache) == ["a", "a.lock", "b", "c"]
    lock.release()
    cache.prune()
    assert names(cache) == ["b", "c"]


def test_what_a_dead_process_left_half_done_goes(cache: SetupCache) -> None:
    kept(cache, "a")
    (cache.folder / "b.building").mkdir()
    assert not cache.lay("b", {})
    cache.prune()
    assert names(cache) == ["a"]


def test_a_set_up_that_cannot_be_copied_leaves_nothing(cache: SetupCache, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        cache.keep("a", {("run", "gone"): tmp_path / "gone"}, {"run": tmp_path})
    assert names(cache) == []


def test_only_the_worker_can_look_into_it(cache: SetupCache) -> None:
    lock = FileLock.acquire(cache.lock("a"))
    assert lock is not None
    assert cache.folder.stat().st_mode & 0o777 == 0o700
    lock.release()


def test_nothing_is_found_where_nothing_is_kept(cache: SetupCache) -> None:
    assert not cache.lay("a", {})
    cache.prune()
