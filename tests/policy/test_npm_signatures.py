"""Signatures as GitHub's and HubSpot's own JavaScript libraries make them."""

import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest

from contracts.webhooks import WebhookSource
from policy.signatures import authentic
from policy.signing import SIGNERS, Posting
from tests.npm import install
from tests.policy.signed_requests import NOW, SECRET, URI, request

NUMBER = 300
GITHUB = """
import { sign, verify } from "@octokit/webhooks-methods";
import { readFileSync } from "node:fs";
const { secret, asked } = JSON.parse(readFileSync(0, "utf-8"));
const said = [];
for (const { body, signature } of asked)
  said.push([await sign(secret, body), await verify(secret, body, signature)]);
console.log(JSON.stringify(said));
"""
HUBSPOT = """
import { Signature } from "@hubspot/api-client";
import { readFileSync } from "node:fs";
const { secret, asked, url, timestamp } = JSON.parse(readFileSync(0, "utf-8"));
const of = (body) => Signature.getSignature("POST", "v3",
  { clientSecret: secret, url, requestBody: body, timestamp });
console.log(JSON.stringify(asked.map(({ body, signature }) => [of(body), of(body) === signature])));
"""
HUBSPOT_VECTOR = "dEV8FffYIPFVBUcurs5+ibRHg+T/Y5UQt7Ea3bmgKIA="
"""By @hubspot/api-client 13.5.0, whose values in HubSpot's own documentation are for v1 and v2."""


def told_by(folder: Path, package: str, script: str, asked: dict[str, Any]) -> Any:
    install(folder, package)
    (folder / "sign.mjs").write_text(script)
    done = subprocess.run(
        ("node", "sign.mjs"), cwd=folder, input=json.dumps(asked), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.soak
@pytest.mark.parametrize(
    ("source", "package", "script", "header"),
    [
        ("GITHUB", "@octokit/webhooks-methods@6.0.0", GITHUB, "x-hub-signature-256"),
        ("HUBSPOT", "@hubspot/api-client@13.5.0", HUBSPOT, "x-hubspot-signature-v3"),
    ],
)
def test_signatures_agree_with_the_providers_own_library(
    source: str, package: str, script: str, header: str, tmp_path: Path
) -> None:
    kind, bodies = WebhookSource(source), [_text() for _ in range(NUMBER)]
    ours = [SIGNERS[kind](Posting(body.encode(), SECRET, "one", "e", NOW, URI)) for body in bodies]
    pairs = zip(bodies, ours, strict=True)
    asked = {
        "secret": SECRET,
        "url": URI,
        "timestamp": int(NOW.timestamp() * 1_000),
        "asked": [{"body": body, "signature": one[header]} for body, one in pairs],
    }
    answers = told_by(tmp_path, package, script, asked)
    for body, one, (theirs, agreed) in zip(bodies, ours, answers, strict=True):
        signed = request({**one, header: theirs}, body.encode())
        assert (authentic(kind, signed, [SECRET]), agreed) == (True, True), body


def test_what_hubspots_own_library_has_signed_is_let_in() -> None:
    headers = {
        "x-hubspot-signature-v3": HUBSPOT_VECTOR,
        "x-hubspot-request-timestamp": "1564113600000",
    }
    body, url = '{"example_field":"example_value é"}', "https://www.example.com/webhook_uri?a=1"
    signed = request(headers, body.encode(), url)
    assert authentic(WebhookSource.HUBSPOT, signed, ["yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy"])


def _text() -> str:
    """Letters of every width in UTF-8; never empty, for which GitHub's has no signature."""
    widths = (range(32, 127), range(0xA1, 0x2FF), range(0x4E00, 0x9FFF), range(0x1F300, 0x1F6FF))
    count = random.randint(1, 400)
    return "".join(chr(random.choice(random.choice(widths))) for _ in range(count))
