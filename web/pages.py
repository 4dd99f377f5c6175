"""Pages for people: one look, no script, nothing from elsewhere, and headers to match."""

import base64
import hashlib
from datetime import timedelta
from math import ceil

from starlette.responses import Response

from policy.approval_pages import Notice
from web.html import Html, join, tag
from web.style import STYLE

DOCTYPE = "<!doctype html>"
_DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
# Our own style, known by its content, and a form that leads back here: nothing else.
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def page(title: str, *body: Html, status: int = 200, wait: timedelta | None = None) -> Response:
    """`wait`: how long until it is worth another try."""
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", title),
        tag("style", Html(STYLE)),
    )
    banner = tag("header", tag("span", "Slipway"), class_="banner")
    whole = tag("html", head, tag("body", banner, tag("main", *body)), lang="en")
    headers = dict(HEADERS)
    if wait is not None:
        headers["Retry-After"] = str(max(ceil(wait.total_seconds()), 1))
    return Response(join(Html(DOCTYPE), whole), status, headers, media_type="text/html")


def told(notice: Notice, wait: timedelta | None = None) -> Response:
    """A page with nothing but a notice."""
    return page(notice.title, *_whole(notice), status=notice.status, wait=wait)


def box(notice: Notice) -> Html:
    """The notice on top of another page."""
    kind = "good" if notice.status == 200 else "bad"
    return tag(
        "section",
        tag("h2", notice.title),
        tag("p", f"{notice.happened} {notice.meaning}"),
        tag("p", notice.advice, class_="quiet"),
        class_=f"box {kind}",
        role="status" if kind == "good" else "alert",
    )


def _whole(notice: Notice) -> tuple[Html, ...]:
    return (
        tag("h1", notice.title),
        tag("p", notice.happened, class_="lead"),
        tag("p", notice.meaning),
        tag("p", notice.advice, class_="quiet"),
    )
