"""JUnit XML, real and hostile."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.junit import MAX_SIZE, Results, UnreadableResultsError, read_results

TESTS = """
import pytest, sys
def test_good(): pass
def test_bad(): assert 'one' == 'two'
@pytest.mark.skip
def test_left_out(): pass
@pytest.mark.xfail
def test_known(): assert False
@pytest.fixture
def broken(): raise RuntimeError('no fixture')
def test_error(broken): pass
@pytest.mark.parametrize('text', ['<&>\\x01', 'é'])
def test_text(text): print(text)
"""


def test_what_pytest_writes_is_understood(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "--junitxml=results.xml"]
    subprocess.run(command, cwd=tmp_path, stdout=subprocess.PIPE, check=False)
    results = read_results((tmp_path / "results.xml").read_bytes())
    assert (results.passed, results.failed, results.skipped) == (3, 2, 2)
    names = [failure.name for failure in results.failures]
    assert names == ["test_a::test_bad", "test_a::test_error"]
    assert "'one' == 'two'" in results.failures[0].message
    assert "no fixture" in results.failures[1].message


def test_an_empty_suite_is_no_error() -> None:
    assert read_results(b"<testsuite/>") == Results(0, 0, 0, ())


BOMB = b"""<?xml version="1.0"?><!DOCTYPE t [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>
<testsuite><testcase name="&b;"/></testsuite>"""
OUTSIDE = b"""<!DOCTYPE t [<!ENTITY x SYSTEM "file:///etc/passwd">]><testsuite>&x;</testsuite>"""


@pytest.mark.parametrize(
    ("xml", "complaint"),
    [
        (BOMB, "document type"),
        (OUTSIDE, "document type"),
        (b'<!DOCTYPE t SYSTEM "http://127.0.0.1/t.dtd"><testsuite/>', "document type"),
        (b"", "not XML"),
        (b"passed", "not XML"),
        (b"<testsuite><testcase>", "not XML"),
        (b"\xff\xfe\x00", "not XML"),
        (b'<?xml version="1.0" encoding="no-such"?><testsuite/>', "not XML"),
        (b"<html/>", "no test suite"),
        (b" " * (MAX_SIZE + 1), "longer than"),
    ],
)
def test_what_is_no_result_says_why(xml: bytes, complaint: str) -> None:
    with pytest.raises(UnreadableResultsError, match=complaint):
        read_results(xml)


def test_many_long_failures_are_counted_and_cut() -> None:
    case = f'<testcase name="{"n" * 600}"><failure>{"m" * 9_000}</failure></testcase>'
    results = read_results(f"<testsuite>{case * 150}</testsuite>".encode())
    assert results.failed == 150
    assert len(results.failures) == 100
    assert len(results.failures[0].name) == 500
    assert len(results.failures[0].message) == 2_000


def test_deep_nesting_is_read_to_its_end() -> None:
    deep = b"<testsuite>" * 100_000 + b"</testsuite>" * 100_000
    assert read_results(deep) == Results(0, 0, 0, ())


@given(st.binary(max_size=200))
def test_no_bytes_are_a_crash(xml: bytes) -> None:
    with pytest.raises(UnreadableResultsError):
        read_results(b"<testsuite>" + xml)
