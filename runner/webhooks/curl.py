"""The shell command that makes a request as a webhook wants it: curl, and openssl to sign."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from urllib.parse import urlencode

from runner.models import Authentication
from runner.webhooks import hmacs, tokens
from runner.webhooks.hmacs import Message
from runner.webhooks.lookup import Address
from runner.webhooks.signatures import Credentials

BODY = '{"hello": "world"}'
JSON = "application/json"
MOST_BODY = 8 * 1024
# What curl writes itself, or a proxy on the way did; a new signature brings its own time and name.
OWN_TO_CURL = frozenset(
    "accept accept-encoding connection content-length host transfer-encoding user-agent via "
    "forwarded x-forwarded-for x-forwarded-host x-forwarded-proto webhook-id webhook-timestamp "
    "x-slack-request-timestamp".split()
)
_BASE64 = "openssl base64 -A"


def curl(address: Address, url: str, method: str = "POST", secret: str = "") -> str:
    """Return a shell command that makes a request as the webhook wants it.

    Where the secret is not known any more, the command takes it from $SECRET.
    """
    wanted = address.credentials
    form = wanted.scheme is Authentication.TWILIO
    content = urlencode({"hello": "world"}) if form else BODY
    headers = {"Content-Type": hmacs.FORM if form else JSON}
    return command(wanted, url, method, content, headers, secret)


def command(
    wanted: Credentials,
    url: str,
    method: str,
    body: str,
    headers: Mapping[str, str],
    secret: str = "",
) -> str:
    """Return the command for this very request, signed anew."""
    before, options = _proof(wanted, url, method, body, headers, secret)
    lines = [f"curl -X {shlex.quote(method)} {shlex.quote(url)}", *options]
    lines += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in headers.items()]
    if any("$BODY" in line for line in [*before, *options]):
        before.insert(0, f"BODY={shlex.quote(body)}")
        lines.append('--data-binary "$BODY"')
    elif body:
        lines.append(f"--data-binary {shlex.quote(body)}")
    return "\n".join([*before, " \\\n  ".join(lines)])


def _proof(
    wanted: Credentials,
    url: str,
    method: str,
    body: str,
    headers: Mapping[str, str],
    secret: str,
) -> tuple[list[str], list[str]]:
    """Return the lines before the command, and curl's options, that prove who is calling."""
    scheme, header = wanted.scheme, wanted.header
    known = [f"SECRET={shlex.quote(secret)}"] if secret else []
    if scheme is Authentication.NONE:
        return [], []
    if scheme is Authentication.HEADER:
        value = "Bearer $SECRET" if header == "authorization" else "$SECRET"
        return known, [f'-H "{header}: {value}"']
    if scheme is Authentication.BASIC:
        return known, [f'-u {shlex.quote(wanted.username)}:"$SECRET"']
    if scheme is Authentication.JWT:
        assert wanted.jwt is not None
        if wanted.jwt.public:
            return [], [f'-H "{header}: Bearer $TOKEN"']
        return [*known, *_token(wanted.jwt)], [f'-H "{header}: Bearer $TOKEN"']
    if scheme is Authentication.STANDARD:
        key = f'KEY=$(printf %s "${{SECRET#whsec_}}=" | base64 -di 2>/dev/null | {_HEX})'
        digest = f"openssl dgst -sha256 -mac HMAC -macopt hexkey:$KEY -binary | {_BASE64}"
        signed = f'SIGNATURE=$(printf %s "msg_$T.$T.$BODY" | {digest})'
        shown = ["webhook-id: msg_$T", "webhook-timestamp: $T", f"{header}: v1,$SIGNATURE"]
        return [*known, "T=$(date +%s)", key, signed], [f'-H "{it}"' for it in shown]
    return _hmac(wanted, url, method, body, headers, known)


_HEX = "od -An -v -tx1 | tr -d ' \\n'"


def _hmac(
    wanted: Credentials,
    url: str,
    method: str,
    body: str,
    headers: Mapping[str, str],
    known: list[str],
) -> tuple[list[str], list[str]]:
    scheme, header = wanted.hmac, wanted.header
    given = {name.lower(): value for name, value in headers.items()}
    made = {it: "test" for it in hmacs.other_headers(scheme) if it not in given}
    content = _content(wanted, Message({**made, **given}, body.encode(), method, url))
    digest = f'openssl dgst -{scheme.algorithm} -hmac "$SECRET"'
    written = f"-binary | {_BASE64}" if scheme.encoding == "base64" else "| sed 's/.* //'"
    before = [*known]
    options = [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in made.items()]
    if scheme.timestamp:
        before.append("T=$(date +%s)")
    before.append(f"SIGNATURE=$(printf %s {content} | {digest} {written})")
    value = f"{hmacs.prefix_of(scheme)}$SIGNATURE"
    if scheme.pairs:
        value = f"{scheme.timestamp}=$T,{value}"
    elif scheme.timestamp:
        options.append(f'-H "{scheme.timestamp}: $T"')
    return before, [*options, f'-H "{header}: {value}"']


def _content(wanted: Credentials, message: Message) -> str:
    """Return what is signed as a word of the shell."""
    if wanted.scheme is Authentication.TWILIO:
        return shlex.quote(hmacs.twilio(message).decode())
    known = {"body": "$BODY", "timestamp": "$T"}
    more = {"method": message.method, "url": message.url, **message.headers}
    word = wanted.hmac.signed
    for name in hmacs.names_in(word):
        value = known.get(name) or _escaped(more.get(name.lower(), ""))
        word = word.replace("{" + name + "}", value)
    return f'"{word}"'


def _escaped(text: str) -> str:
    return "".join(f"\\{sign}" if sign in '\\"$`' else sign for sign in text)


def _token(rules: tokens.Rules) -> list[str]:
    bits = rules.algorithm.removeprefix("HS")
    head = f'{{"alg":"{rules.algorithm}","typ":"JWT"}}'
    claims = {"iss": rules.issuer, "aud": rules.audience}
    given = json.dumps({name: value for name, value in claims.items() if value})[1:-1]
    more = _escaped(f", {given}" if given else "")
    url = f"{_BASE64} | tr '+/' '-_' | tr -d '='"
    payload = f'"{{\\"exp\\":$(($(date +%s) + 60)){more}}}"'
    return [
        f"HEAD=$(printf %s {shlex.quote(head)} | {url})",
        f"CLAIMS=$(printf %s {payload} | {url})",
        f'SIGNATURE=$(printf %s "$HEAD.$CLAIMS" | openssl dgst -sha{bits} -hmac "$SECRET" -binary '
        f"| {url})",
        'TOKEN="$HEAD.$CLAIMS.$SIGNATURE"',
    ]
