"""YAML as plain values that still know their lines, and nothing that YAML can do beyond that."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import cast

import yaml

from contracts.text import storable

MAX_SIZE = 256 * 1024
MAX_DEPTH = 20
MAX_BITS = 64
Path = tuple[int | str, ...]
HINT = "check indentation (spaces only), colons and quotes"
UNFINISHED = {
    "while scanning a simple key": "a key",
    "while scanning a quoted scalar": "a text in quotes",
    "while parsing a flow sequence": "a list in [ ]",
    "while parsing a flow mapping": "a mapping in { }",
}
NO_VALUE = "not a value: put it in quotes if it is text"
NO_VALUE_HERE = "mapping values are not allowed here"
NO_COLON_BEFORE = (
    "is it indented too far, does the line before it lack its colon, or is it text with a colon, "
    "which needs quotes?"
)


class UnreadableYamlError(Exception):
    """`line` counts from 1; the message says what is wrong and what to do."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


@dataclass
class YamlTree:
    value: object = None
    lines: dict[Path, int] = field(default_factory=dict)

    def line(self, path: Path) -> int:
        """Where `path` stands, or the nearest thing around it when it is missing."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


class _Composer(yaml.SafeLoader):
    """Refuses what can grow without end: aliases and deep nesting."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = cast(yaml.Event, self.peek_event())  # type: ignore[no-untyped-call]  # so the stubs
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            raise UnreadableYamlError(line, "aliases (*name) are not read here: write it out again")
        if getattr(event, "tag", None) not in (None, "!"):
            raise UnreadableYamlError(line, "tags (!name) are not read here: remove it")
        if self.depth >= MAX_DEPTH:
            raise UnreadableYamlError(line, f"nested deeper than {MAX_DEPTH}: flatten it")
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def read_yaml(text: str) -> YamlTree:
    """Strings, numbers, booleans, lists and mappings with string keys. No aliases, no tags of
    its own making, no key twice. Raises UnreadableYamlError."""
    if len(text.encode("utf-8", "replace")) > MAX_SIZE:
        raise UnreadableYamlError(1, f"more than {MAX_SIZE // 1024} kB: shorten it")
    tree = YamlTree()
    try:
        loader = _Composer(text)
        root = loader.get_single_node()
        tree.value = None if root is None else _plain(loader, root, (), tree)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise UnreadableYamlError(
            line, f"character {error.character:#04x} may not stand in YAML: remove it"
        ) from error
    except yaml.MarkedYAMLError as error:
        raise _not_yaml(error, text) from error
    return tree


def _not_yaml(error: yaml.MarkedYAMLError, text: str) -> UnreadableYamlError:
    """PyYAML names where it could not go on. What was never closed, or is a key without its colon,
    is to be mended where it begins; and no line is after the last."""
    last = max(len(text.splitlines()), 1)
    problem, context = (
        min(mark.line + 1, last) if mark else None
        for mark in (error.problem_mark, error.context_mark)
    )
    unfinished = UNFINISHED.get(error.context or "")
    if context is not None and unfinished is not None:
        where = "" if problem in (None, context) else f" in line {problem}"
        what = f"{error.problem}{where}, for {unfinished} that begins here"
        return UnreadableYamlError(context, f"not YAML: {what}; {HINT}")
    hint = NO_COLON_BEFORE if error.problem == NO_VALUE_HERE else HINT
    return UnreadableYamlError(problem or context or 1, f"not YAML: {error.problem}; {hint}")


def _plain(loader: _Composer, node: yaml.Node, path: Path, tree: YamlTree) -> object:
    tree.lines.setdefault(path, node.start_mark.line + 1)
    match node:
        case yaml.MappingNode():
            return _mapping(loader, node, path, tree)
        case yaml.SequenceNode():
            return [_plain(loader, item, (*path, i), tree) for i, item in enumerate(node.value)]
        case _:
            return _scalar(loader, node)


def _mapping(
    loader: _Composer, node: yaml.MappingNode, path: Path, tree: YamlTree
) -> dict[str, object]:
    result: dict[str, object] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise UnreadableYamlError(line, "a key must be a word, not a list or mapping")
        key = _stored(cast(str, key_node.value), line)
        if key in result:
            before = tree.lines[(*path, key)]
            message = f"`{key}` stands here a second time (first in line {before}): remove one"
            raise UnreadableYamlError(line, message)
        tree.lines[(*path, key)] = line
        result[key] = _plain(loader, value_node, (*path, key), tree)
    return result


def _scalar(loader: _Composer, node: yaml.Node) -> Hashable:
    line = node.start_mark.line + 1
    try:
        value = cast(Hashable, loader.construct_object(node))
    except (ValueError, OverflowError) as error:  # Dates of no calendar, floats beyond all bounds.
        raise UnreadableYamlError(line, NO_VALUE) from error
    # In hexadecimal, or in minutes, they come without end: what nobody can print any more.
    if isinstance(value, int) and value.bit_length() > MAX_BITS:
        raise UnreadableYamlError(line, NO_VALUE)
    return _stored(value, line) if isinstance(value, str) else value


def _stored(text: str, line: int) -> str:
    """Escapes can write what neither a database nor a command line can hold."""
    if storable(text) != text:
        raise UnreadableYamlError(line, "text with NUL or half a character: remove the escape")
    return text
