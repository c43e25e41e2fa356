"""The kinds of credentials: which fields each has, and what it adds to an HTTP request."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any, ClassVar, Literal
from urllib.parse import parse_qsl

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    RootModel,
    ValidationInfo,
    field_validator,
)

HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2
SECRET: dict[str, JsonValue] = {"widget": "secret"}
# Longer ones are no passwords, tokens or keys; a private key in PEM has 3,300 characters.
LONGEST = 10_000
MOST_VALUES = 50
NAME = r"[A-Za-z_][A-Za-z0-9_]{0,63}"


def _in_a_line(value: str) -> str:
    if any(not sign.isprintable() for sign in value):
        raise ValueError("it must be one line of printable characters")
    return value


def _in_a_header(value: str) -> str:
    if not value.isascii():
        raise ValueError("a header carries ASCII characters alone")
    if value != value.strip():
        raise ValueError("a header's value has no spaces at its ends")
    return _in_a_line(value)


def _an_address(value: str) -> str:
    if not re.match(r"https?://[^\s/?#@]+([/?][^\s#]*)?\Z", value):
        raise ValueError("it must be https://host/path or http://host/path")
    return value


class Fields(BaseModel):
    """The fields of a kind. What none of them adds, a request goes without."""

    model_config = ConfigDict(extra="forbid")
    title: ClassVar[str]
    about: ClassVar[str]

    def headers(self) -> dict[str, str]:
        """Return the headers that a request gets."""
        return {}

    def query(self) -> dict[str, str]:
        """Return what is added to the query of a request's address."""
        return {}


class Basic(Fields):
    """A user and a password (RFC 7617)."""

    title = "User and password"
    about = "Sent as the header Authorization: Basic."

    username: str = Field(title="User", max_length=1000)
    password: str = Field(title="Password", max_length=LONGEST, json_schema_extra=SECRET)

    @field_validator("username")
    @classmethod
    def _has_no_colon(cls, value: str) -> str:
        if ":" in value:
            raise ValueError("a user's name must not hold a colon (RFC 7617)")
        return _in_a_line(value)

    def headers(self) -> dict[str, str]:
        """Return the header Authorization."""
        pair = base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}


class Bearer(Fields):
    """A token (RFC 6750)."""

    title = "Token"
    about = "Sent as the header Authorization: Bearer."

    token: str = Field(title="Token", min_length=1, max_length=LONGEST, json_schema_extra=SECRET)

    _line = field_validator("token")(_in_a_header)

    def headers(self) -> dict[str, str]:
        """Return the header Authorization."""
        return {"Authorization": f"Bearer {self.token}"}


class Header(Fields):
    """A key in a header of its own."""

    title = "Key in a header"
    about = "Sent as a header such as X-Api-Key."

    header: str = Field(title="Header", max_length=200)
    value: str = Field(title="Key", min_length=1, max_length=LONGEST, json_schema_extra=SECRET)

    _line = field_validator("value")(_in_a_header)

    @field_validator("header")
    @classmethod
    def _is_a_name(cls, value: str) -> str:
        if not HEADER_NAME.fullmatch(value):
            raise ValueError("a header's name is letters, digits and hyphens, such as X-Api-Key")
        return value

    def headers(self) -> dict[str, str]:
        """Return this header."""
        return {self.header: self.value}


class QueryKey(Fields):
    """A key in the query of an address."""

    title = "Key in the address"
    about = "Sent as a part of the query, such as ?api_key=…"

    parameter: str = Field(title="Name in the query", min_length=1, max_length=200)
    value: str = Field(title="Key", min_length=1, max_length=LONGEST, json_schema_extra=SECRET)

    def query(self) -> dict[str, str]:
        """Return this part of the query."""
        return {self.parameter: self.value}


class ClientCredentials(Fields):
    """A client that fetches a token for itself (RFC 6749, section 4.4)."""

    title = "OAuth 2.0, client credentials"
    about = "A token is fetched when it is needed, kept until it expires, and sent as Bearer."

    token_url: str = Field(title="Address of tokens", max_length=2000)
    client_id: str = Field(title="Client id", min_length=1, max_length=1000)
    client_secret: str = Field(
        title="Client secret", min_length=1, max_length=LONGEST, json_schema_extra=SECRET
    )
    scope: str = Field(default="", title="Scope", max_length=2000, description="With spaces.")
    audience: str = Field(
        default="", title="Audience", max_length=2000, description="Where the server wants one."
    )
    send_in: Literal["header", "body"] = Field(
        default="header",
        title="Id and secret go in the",
        description="Header as RFC 6749 prefers; some servers take the body only.",
    )

    _address = field_validator("token_url")(_an_address)


# What the request for consent has by itself: a second one would be read by some servers.
OWN_PARAMETERS = frozenset(
    {
        *("response_type", "client_id", "client_secret", "redirect_uri", "scope", "state"),
        *("code_challenge", "code_challenge_method", "response_mode", "request", "request_uri"),
    }
)


class AuthorizationCode(Fields):
    """A client to whom a person grants access at a provider (RFC 6749, section 4.1)."""

    title = "OAuth 2.0, authorization code"
    about = (
        "You connect it: the provider, such as Google or GitHub, asks you once, and gives tokens "
        "that are renewed by themselves and sent as Bearer."
    )

    authorization_url: str = Field(
        title="Address of consent",
        max_length=2000,
        description="Where the provider asks a person: its authorization endpoint.",
    )
    token_url: str = Field(title="Address of tokens", max_length=2000)
    client_id: str = Field(title="Client id", min_length=1, max_length=1000)
    send_in: Literal["header", "body", "none"] = Field(
        default="header",
        title="Id and secret go in the",
        description="Header as RFC 6749 prefers; some servers take the body only. None: a public "
        "client, which has no secret.",
    )
    client_secret: str = Field(
        default="",
        title="Client secret",
        max_length=LONGEST,
        validate_default=True,
        json_schema_extra=SECRET,
    )
    scope: str = Field(
        default="",
        title="Scope",
        max_length=2000,
        description="As the provider writes them: with spaces, of Slack with commas.",
    )
    parameters: str = Field(
        default="",
        title="Further parameters",
        max_length=2000,
        description="Of the request for consent, such as access_type=offline&prompt=consent.",
    )
    pkce: Literal["S256", "none"] = Field(
        default="S256",
        title="Proof key",
        validate_default=True,
        description="What keeps a code that others have caught from serving them (PKCE, RFC 7636). "
        "None where a provider refuses it, as Slack does unless the app is a public client.",
    )
    issuer: str = Field(
        default="",
        title="Issuer",
        max_length=2000,
        description="How the provider names itself in its answers (iss, RFC 9207). Answers of "
        "another one, or of none, are refused then.",
    )

    _addresses = field_validator("authorization_url", "token_url")(_an_address)

    @field_validator("scope", "client_id", "issuer")
    @classmethod
    def _is_a_line(cls, value: str) -> str:
        return _in_a_line(value)

    @field_validator("pkce")
    @classmethod
    def _keeps_codes(cls, value: str, info: ValidationInfo) -> str:
        if value == "none" and info.data.get("send_in") == "none":
            raise ValueError("a public client, which has no secret, needs it: choose S256")
        return value

    @field_validator("parameters")
    @classmethod
    def _are_pairs(cls, value: str) -> str:
        try:
            pairs = parse_qsl(value, keep_blank_values=True, strict_parsing=True) if value else []
        except ValueError:
            raise ValueError("write name=value, and & between several") from None
        for name, _ in pairs:
            if name.lower() in OWN_PARAMETERS:
                raise ValueError(f"{name} is set by itself: leave it out here")
        return value

    @field_validator("client_secret")
    @classmethod
    def _proves_itself(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("send_in") == "none":
            return ""  # what is never sent is not kept either
        if not value:
            raise ValueError("it is missing; of a public client, which has none, say none above")
        return value


class Values(RootModel[dict[str, str]]):
    """Named values for node types that ask for them; no request is given any by itself."""

    title: ClassVar[str] = "Named values"
    about: ClassVar[str] = "For node types that read them by name."
    root: dict[str, str] = Field(
        json_schema_extra={"additionalProperties": {"type": "string", **SECRET}}
    )

    @field_validator("root")
    @classmethod
    def _are_named(cls, root: dict[str, str]) -> dict[str, str]:
        if not 1 <= len(root) <= MOST_VALUES:
            raise ValueError(f"there must be 1 to {MOST_VALUES} values")
        for place, (name, value) in enumerate(root.items(), 1):
            if not re.fullmatch(NAME, name):
                # It is not repeated: it may be the beginning of a secret that has a = in it.
                told = (
                    f"the name of value {place} is no name: letters, digits and _, no digit first"
                )
                raise ValueError(told)
            if len(value) > LONGEST:
                raise ValueError(f"the value of {name!r} has more than {LONGEST:,} characters")
        return root


Kind = type[Fields] | type[Values]
KINDS: Mapping[str, Kind] = {
    "bearer": Bearer,
    "basic": Basic,
    "header": Header,
    "query": QueryKey,
    "oauth2": ClientCredentials,
    "oauth2_code": AuthorizationCode,
    "values": Values,
}
NAMES = tuple(KINDS)
FOR_REQUESTS = tuple(name for name, kind in KINDS.items() if issubclass(kind, Fields))


def secret_names(kind: str, fields: Mapping[str, Any]) -> frozenset[str]:
    """Return which of the fields nobody may see."""
    model = KINDS[kind]
    if not issubclass(model, Fields):
        return frozenset(fields)
    return frozenset(
        name for name, field in model.model_fields.items() if field.json_schema_extra == SECRET
    )
