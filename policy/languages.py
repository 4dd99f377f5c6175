"""What a file is, by its path; which names it defines, by its text."""

import re
from enum import StrEnum

MOST_DEFINITIONS = 1_000
LONGEST_NAME = 80


class FileKind(StrEnum):
    SOURCE = "source"
    OTHER = "other"
    TEST = "test"
    DOCS = "docs"
    VENDORED = "vendored"


_SUFFIXES = {
    "Python": "py pyi pyx",
    "JavaScript": "js jsx mjs cjs",
    "TypeScript": "ts tsx mts cts vue svelte",
    "Go": "go",
    "Rust": "rs",
    "Java": "java",
    "Kotlin": "kt kts",
    "C#": "cs",
    "Scala": "scala sc",
    "Swift": "swift",
    "Dart": "dart",
    "Ruby": "rb rake",
    "PHP": "php",
    "C": "c h",
    "C++": "cc cpp cxx hh hpp hxx",
    "Objective-C": "m mm",
    "Shell": "sh bash zsh",
    "SQL": "sql",
    "Elixir": "ex exs",
    "Lua": "lua",
    "Perl": "pl pm",
    "HTML": "html htm",
    "CSS": "css scss sass less",
}
LANGUAGES = {suffix: name for name, suffixes in _SUFFIXES.items() for suffix in suffixes.split()}

# No quantifier inside another one, no `\s` where a line may end: a hostile file must not be able
# to keep the parser busy.
_BRACED = (
    r"\b(?:class|interface|enum|record|struct|object|protocol|trait|extension|typealias|fun|func)"
    r"[ \t]+([A-Za-z_]\w*)"
    r"|^[ \t]+(?:public|private|protected|internal|static|override|final)\b[^;={(\n]{0,200}?"
    r"\b([A-Za-z_]\w*)[ \t]*\("
)
_SCRIPT = (
    r"\bfunction\b[ \t*]*([A-Za-z_$][\w$]*)"
    r"|\b(?:class|interface|enum|namespace)[ \t]+([A-Za-z_$][\w$]*)"
    r"|^(?:export[ \t]+)?(?:const|let|var|type)[ \t]+([A-Za-z_$][\w$]*)"
    r"|^[ \t]+(?:async[ \t]+|static[ \t]+|get[ \t]+|set[ \t]+)?([A-Za-z_$][\w$]*)"
    r"[ \t]*\([^(){}\n]{0,200}\)[ \t]*\{"
)
_C = (
    r"^[ \t]*#[ \t]*define[ \t]+([A-Za-z_]\w*)"
    r"|\b(?:struct|class|enum|union|namespace)[ \t]+([A-Za-z_]\w*)"
    r"|^[A-Za-z_][\w \t*&:<>,]{0,120}?\b([A-Za-z_]\w*)[ \t]*\([^;\n]{0,200}$"
)
_PATTERNS = {
    "Python": r"^[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)"
    r"|^([A-Za-z_]\w*)[ \t]*(?::[^=\n]{1,200})?=(?!=)",
    "JavaScript": _SCRIPT,
    "TypeScript": _SCRIPT,
    "Go": r"^func[ \t]+(?:\([^)\n]{0,200}\)[ \t]*)?([A-Za-z_]\w*)|^type[ \t]+([A-Za-z_]\w*)",
    "Rust": r"\b(?:fn|struct|enum|trait|type|mod|const|static|union)[ \t]+([A-Za-z_]\w*)"
    r"|\bmacro_rules![ \t]*([A-Za-z_]\w*)",
    **dict.fromkeys(("Java", "Kotlin", "C#", "Scala", "Swift", "Dart"), _BRACED),
    "Ruby": r"^[ \t]*(?:def[ \t]+(?:self\.)?|class[ \t]+|module[ \t]+)([A-Za-z_]\w*)",
    "PHP": r"\b(?:function|class|interface|trait|enum)[ \t]+&?([A-Za-z_]\w*)",
    **dict.fromkeys(("C", "C++", "Objective-C"), _C),
    "Shell": r"^[ \t]*(?:function[ \t]+)?([A-Za-z_][\w-]*)[ \t]*\(\)|^function[ \t]+([\w-]+)",
    "SQL": r"(?i)\bcreate[ \t]+(?:or[ \t]+replace[ \t]+)?(?:table|view|function|procedure|index"
    r"|trigger|type)[ \t]+(?:if[ \t]+not[ \t]+exists[ \t]+)?[\"`]?([A-Za-z_]\w*)",
    "Elixir": r"^[ \t]*def(?:p|module|macro)?[ \t]+([A-Za-z_]\w*)",
    "Lua": r"\bfunction[ \t]+(?:\w+[.:])?([A-Za-z_]\w*)",
    "Perl": r"^[ \t]*sub[ \t]+([A-Za-z_]\w*)",
}
_DEFINED = {name: re.compile(pattern, re.M) for name, pattern in _PATTERNS.items()}
_KEYWORDS = {"if", "for", "while", "switch", "catch", "return", "function", "else", "do", "with"}

_VENDORED = re.compile(
    r"(^|/)(node_modules|vendor|vendored|_vendor|third[_-]?party|extern|bower_components|dist"
    r"|site-packages|[^/]+\.egg-info|\.yarn|\.git)/"
    r"|(^|/)(package-lock\.json|npm-shrinkwrap\.json|go\.sum|[^/]+\.lock|pnpm-lock\.yaml|PKG-INFO)$"
    r"|[.-]min\.(js|css)$|\.(map|snap|lock)$|[._]pb2?(_grpc)?\.(py|go)$|\.pb\.(cc|h)$"
    r"|(^|[._/-])generated[._/-]|\.(svg|csv|tsv|po|mo)$"
)
_TEST = re.compile(
    r"(^|/)(tests?|testing|__tests__|specs?|testdata|fixtures|e2e|benchmarks?|bench)/"
    r"|(^|/)(test_[^/]*|conftest)\.\w+$|[._-](tests?|spec)\.\w+$|(^|/)\w+Tests?\.(java|kt|cs|scala)$"
)
_DOCS = re.compile(
    r"(^|/)(docs?|examples?|samples?|artwork|\.github)/|\.(md|rst|adoc)$"
    r"|(?<!requirements)(?<!CMakeLists)\.txt$"
    r"|(^|/)(changelog|changes|history|news|readme|license|copying|authors|contributing)[^/.]*$",
    re.IGNORECASE,
)


def language_of(path: str) -> str | None:
    """None for what is not code."""
    name = path.rpartition("/")[2]
    return LANGUAGES.get(name.rpartition(".")[2].lower()) if "." in name[1:] else None


def kind_of(path: str) -> FileKind:
    """By conventions of the common ecosystems; the first that fits, most damning first."""
    if _VENDORED.search(path):
        return FileKind.VENDORED
    if _TEST.search(path):
        return FileKind.TEST
    if _DOCS.search(path):
        return FileKind.DOCS
    return FileKind.SOURCE if language_of(path) else FileKind.OTHER


def definitions_in(path: str, text: str) -> tuple[str, ...]:
    """Names as the file first defines them, each once. Good guesses, not a parser's word."""
    pattern = _DEFINED.get(language_of(path) or "")
    if pattern is None:
        return ()
    names: dict[str, None] = {}
    for match in pattern.finditer(text):
        name = match[match.lastindex or 0]
        if len(name) <= LONGEST_NAME and name not in _KEYWORDS:
            names[name] = None
        if len(names) == MOST_DEFINITIONS:
            break
    return tuple(names)
