"""What a file is by its path, and which names it defines."""

import time

import pytest

from policy.languages import MOST_DEFINITIONS, FileKind, definitions_in, kind_of, language_of


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("src/app.py", FileKind.SOURCE),
        ("testing.py", FileKind.SOURCE),
        ("src/contest.py", FileKind.SOURCE),
        ("Makefile", FileKind.OTHER),
        ("pyproject.toml", FileKind.OTHER),
        ("tests/helpers.py", FileKind.TEST),
        ("pkg/test_app.py", FileKind.TEST),
        ("pkg/app_test.go", FileKind.TEST),
        ("web/app.spec.ts", FileKind.TEST),
        ("src/main/AppTest.java", FileKind.TEST),
        ("docs/conf.py", FileKind.DOCS),
        ("README", FileKind.DOCS),
        ("CHANGES.rst", FileKind.DOCS),
        ("src/history.py", FileKind.SOURCE),
        ("requirements.txt", FileKind.OTHER),
        ("notes.txt", FileKind.DOCS),
        ("web/node_modules/a/index.js", FileKind.VENDORED),
        ("poetry.lock", FileKind.VENDORED),
        ("package-lock.json", FileKind.VENDORED),
        ("static/app.min.js", FileKind.VENDORED),
        ("api/service_pb2.py", FileKind.VENDORED),
        ("lib.egg-info/SOURCES.txt", FileKind.VENDORED),
    ],
)
def test_the_path_says_what_a_file_is(path: str, kind: FileKind) -> None:
    assert kind_of(path) is kind


@pytest.mark.parametrize(
    ("path", "language"),
    [("a.py", "Python"), ("b/C.TSX", "TypeScript"), (".py", None), ("go", None), ("a.txt", None)],
)
def test_the_suffix_says_the_language(path: str, language: str | None) -> None:
    assert language_of(path) == language


@pytest.mark.parametrize(
    ("path", "text", "names"),
    [
        (
            "a.py",
            "LIMIT: int = 5\nclass A(B):\n    x = 1\n    async def go(self): pass\nif a == 1:\n",
            ("LIMIT", "A", "go"),
        ),
        (
            "a.ts",
            "export const limit = 1\nexport default class A {\n  async go(x) {\n    if (x) {\n",
            ("limit", "A", "go"),
        ),
        ("a.js", "function* gen() {}\nvar $q = 1\n", ("gen", "$q")),
        ("a.go", "func (r *Repo) Open(a int) error {\ntype Repo struct {\n", ("Open", "Repo")),
        ("a.rs", "pub(crate) fn open() {}\nimpl X {}\nstruct Repo;\n", ("open", "Repo")),
        (
            "A.java",
            "public class A {\n    private static int open(String s) {\n        return x(1);\n",
            ("A", "open"),
        ),
        ("a.kt", "data class A(val b: Int)\nfun open() {}\n", ("A", "open")),
        ("a.rb", "module M\n  class A\n    def self.open\n", ("M", "A", "open")),
        ("a.php", "class A {\n  public function &open() {}\n", ("A", "open")),
        ("a.c", "#define MAX 1\nstatic int *open_it(int a)\n{\n  call(a);\n", ("MAX", "open_it")),
        ("a.sh", "open_it() {\nfunction close-it {\n", ("open_it", "close-it")),
        ("a.sql", "CREATE TABLE IF NOT EXISTS people (\n", ("people",)),
        ("a.txt", "def a(): pass\n", ()),
    ],
)
def test_names_are_found_in_the_commonest_languages(
    path: str, text: str, names: tuple[str, ...]
) -> None:
    assert definitions_in(path, text) == names


def test_a_name_counts_once_and_a_file_has_no_end_of_names() -> None:
    assert definitions_in("a.py", "a = 1\na = 2\n") == ("a",)
    text = "".join(f"a{number} = 1\n" for number in range(MOST_DEFINITIONS + 5))
    assert len(definitions_in("a.py", text)) == MOST_DEFINITIONS


@pytest.mark.parametrize("suffix", ["py", "ts", "go", "rs", "java", "rb", "php", "c", "sh", "sql"])
@pytest.mark.parametrize(
    "piece", [" ", "\n", "a", "a ", "(", "\t(", "class ", "public ", "a:", "\\"]
)
def test_no_file_keeps_the_search_busy(suffix: str, piece: str) -> None:
    started = time.process_time()
    definitions_in(f"a.{suffix}", piece * (2**18 // len(piece)))
    assert time.process_time() - started < 2
