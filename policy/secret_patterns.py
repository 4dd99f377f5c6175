"""What secrets look like. Pure.

Every expression takes time linear in the text, whatever the text is: repetitions are bounded or
end at a character that cannot begin another match.
"""

import re
from dataclasses import dataclass

NAMES = (
    r"(?:passw(?:or)?d|passphrase|pwd|token|credentials?|secret(?:[_-]?(?:access[_-]?)?key)?"
    r"|(?:api|access|private|account|shared|signing|encryption)[_-]?keys?)(?:[_-]base)?"
)
SIGN = r"(?:\\{0,3}[\"'])?[ \t]{0,8}(?::=|=>|={1,3}|:)[ \t]{0,8}"
QUOTED = (
    r"(?:\\{1,3}[\"'](?P<escaped>[^\"'\\\r\n]{1,500})"
    r"|\"(?P<double>(?:[^\"\\\r\n]|\\.){1,500})"
    r"|'(?P<single>(?:[^'\\\r\n]|\\.){1,500}))"
)
NOT_BARE = r"\s\"'<>\[\](){}$*,;&\\"
BARE = rf"[^{NOT_BARE}]"
# No placeholder begins a value ($NAME, <name>, ***), but a password may hold such signs.
VALUE = rf"{BARE}[^\s\"'<>\[\],;&\\]"
NO_VALUE = r"(?!(?:none|null|nil|true|false|undefined|str|string|bytes)\b)"
# `password=anything` counts, but not `token=self.token`, which only names where the secret is.
COMPACT = rf"=(?!=|[A-Za-z_]{{1,99}}(?:\.[A-Za-z_]{{1,99}}){{1,9}}(?!{BARE})|\w{{1,99}}\()"
# Among words, as in `password: hunter2`, a digit or a sign tells a value from a word or a type.
TELLTALE = rf"(?={BARE}{{0,100}}?[0-9!@#%^+~?/])"

SCHEME = r"(?:basic|bearer|token|digest|negotiate|apikey|hmac|dpop)"

KEY_HEAD = r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
KEY_END = r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
# A block that was cut has no end, so its lines of base64 go as far as there are any.
KEY_BODY = rf"(?:(?:[^-]|-(?!----))*+{KEY_END}|(?:(?:\s|\\[nr]|[\"'])*+[A-Za-z0-9/+=]{{16,}}+)*+)"


@dataclass(frozen=True)
class SecretPattern:
    """A named group says which part is the secret; without one it is the whole match. Nothing
    matches where none of the `hints` is, which are in small letters."""

    kind: str
    hints: tuple[str, ...]
    expression: re.Pattern[str]


def _pattern(kind: str, hints: str, expression: str) -> SecretPattern:
    return SecretPattern(kind, tuple(hints.split()), re.compile(expression))


SECRET_PATTERNS = (
    _pattern("private key", "private", KEY_HEAD + KEY_BODY),
    _pattern("AWS key", "akia asia abia acca", r"A(?:KIA|SIA|BIA|CCA)[A-Z0-9]{16}"),
    _pattern(
        "GitHub token",
        "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_",
        r"gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255}",
    ),
    _pattern("GitLab token", "gl", r"gl[a-z]{2,8}-[A-Za-z0-9_-]{20,255}(?:\.[A-Za-z0-9_-]{1,99})*"),
    _pattern(
        "Slack token",
        "xox xapp- hooks.slack.com",
        r"xox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]{10,255}|xapp-[A-Za-z0-9-]{10,255}"
        r"|hooks\.slack\.com/(?:services|workflows|triggers)/(?P<path>[A-Za-z0-9/_-]{10,255})",
    ),
    _pattern(
        "Stripe key",
        "_live_ _test_ whsec_",
        r"[sr]k_(?:live|test)_[A-Za-z0-9]{10,255}|whsec_[A-Za-z0-9+/=_-]{16,255}",
    ),
    _pattern("Anthropic key", "sk-ant-", r"sk-ant-[A-Za-z0-9_-]{16,255}"),
    _pattern(
        "OpenAI key",
        "sk-",
        r"sk-(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{16,255}|sk-[A-Za-z0-9]{32,255}",
    ),
    _pattern(
        "Google key",
        "aiza ya29. gocspx-",
        r"AIza[A-Za-z0-9_-]{35}|ya29\.[A-Za-z0-9_-]{20,1000}|GOCSPX-[A-Za-z0-9_-]{20,255}",
    ),
    _pattern("Atlassian token", "atatt3 atctt3", r"AT[AC]TT3[A-Za-z0-9_=-]{40,500}"),
    _pattern(
        "package token",
        "npm_ pypi- hf_",
        r"npm_[A-Za-z0-9]{36,255}|pypi-[A-Za-z0-9_-]{50,500}|hf_[A-Za-z0-9]{30,255}",
    ),
    _pattern(
        "password in a URL",
        "://",
        r"://[^\s/:@\"'<>]{0,200}:(?P<password>[^\s/\"'<>]{1,500})@"
        r"|https?://(?P<token>[^\s/:@\"'<>]{16,500})@",
    ),
    _pattern(
        "authorization",
        "authorization bearer",
        rf"(?i:authorization{SIGN}[\"']?(?:{SCHEME}[ \t]{{1,8}}(?P<value>{BARE}{{4,4000}})"
        rf"|(?P<plain>{BARE}{{16,4000}}))"
        r"|bearer[ \t]{1,8}(?P<bearer>[A-Za-z0-9._~+/=-]{16,4000}))",
    ),
    _pattern(
        "password",
        "passw passphrase pwd token credential key secret",
        rf"(?i:{NAMES}(?:{COMPACT}{NO_VALUE}(?P<compact>{VALUE}{{0,500}})"
        rf"|{SIGN}(?:{QUOTED}|{NO_VALUE}{TELLTALE}(?P<told>{VALUE}{{4,500}}))))",
    ),
    # The last, since it looks at the character before it: what stood there may be gone by now.
    _pattern(
        "JWT",
        "eyj",
        r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{5,}+\.eyJ[A-Za-z0-9_-]{5,}+\.[A-Za-z0-9_-]*+",
    ),
)
