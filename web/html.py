"""HTML that is escaped by construction: text is text, and only `tag` makes anything else."""

from html import escape

VOID = frozenset({"meta", "link", "input", "br"})


class Html(str):
    """Is sent as it stands. Nobody but this module makes one of a text from outside."""

    __slots__ = ()


def tag(name: str, /, *children: str | None, **attributes: str | bool | None) -> Html:
    """Children that are not Html are escaped; None is nothing. An attribute that is True has no
    value, one that is False or None is left out; `class_` is class, `aria_label` aria-label."""
    written = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in VOID:
        return Html(f"<{name}{written}>")
    return Html(f"<{name}{written}>{join(*children)}</{name}>")


def join(*parts: str | None) -> Html:
    return Html("".join(_safe(part) for part in parts if part is not None))


def _safe(part: str) -> str:
    return part if isinstance(part, Html) else escape(part)


def _attribute(key: str, value: str | bool | None) -> str:
    name = key.rstrip("_").replace("_", "-")
    if value is None or value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{escape(value)}"'
