"""HTML is escaped by construction: whatever a text holds, a reader gets the text and no tag."""

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from web.html import join, tag

# What a parser may change by itself: line ends, and letters that HTML forbids.
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]))


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader


@given(TEXT, TEXT)
def test_any_text_is_only_text(child: str, attribute: str) -> None:
    seen = read(tag("p", tag("b", child), child, title=attribute))
    assert seen.tags == [("p", {"title": attribute}), ("b", {})]
    assert seen.text == child * 2


@given(st.lists(TEXT))
def test_parts_that_are_joined_are_escaped_too(parts: list[str]) -> None:
    seen = read(tag("pre", join(*parts)))
    assert (seen.text, len(seen.tags)) == ("".join(parts), 1)


def test_attributes_that_are_not_there_are_left_out() -> None:
    assert tag("details", open=False, class_=None) == "<details></details>"
    assert tag("details", None, open=True) == "<details open></details>"
    assert tag("meta", name="robots") == '<meta name="robots">'
