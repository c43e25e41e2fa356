"""A real authorization server: it asks for consent, checks PKCE, and rotates refresh tokens."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlencode, urlsplit

from tests.nodes.conftest import Site

SITE = "http://conductor.example:8000"
CLIENT, CLIENT_SECRET = "the client", "very/secret of the client"


class Provider(Site):
    """What it was asked is in `asked` and `forms`; the attributes say what it does next."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[dict[str, str]] = []
        self.forms: list[dict[str, str]] = []
        self.codes: dict[str, dict[str, str]] = {}
        self.refresh = ""
        self.valid: set[str] = set()
        self.count = 0
        self.lasts: float | None = 3600
        self.slow = 0.0
        self.rotates = True
        self.revoked = False
        self.asks = False  # whether a person has to press a button
        self.also: dict[str, str] = {}  # what comes back besides
        self.told: dict[str, Any] = {}  # what tokens are told with besides
        self.refuses: tuple[int, dict[str, Any]] | None = None
        self.answers |= {
            "/authorize": self.authorize,
            "/consent": self.consent,
            "/token": self.token,
            "/orders": self.orders,
        }

    def fields(self, **more: str) -> dict[str, str]:
        """Return the fields of a credential for it."""
        return {
            "authorization_url": f"{self.url}/authorize?tenant=a",
            "token_url": f"{self.url}/token",
            "client_id": CLIENT,
            "client_secret": CLIENT_SECRET,
            "scope": "read write",
            "parameters": "access_type=offline",
            **more,
        }

    def authorize(self, handler: Any, body: bytes) -> None:
        """Ask a person, who consents at once unless there is a button to press."""
        given = {name: values[0] for name, values in parse_qs(urlsplit(handler.path).query).items()}
        self.asked.append(given)
        if self.asks:
            place = f"/consent?{urlencode(given)}"
            page = f"<h1>May Conductor act for you?</h1><a href='{place}'>Allow</a>"
            _answer(handler, 200, page.encode(), "text/html")
        else:
            self._back(handler, given)

    def consent(self, handler: Any, body: bytes) -> None:
        """Take the press of the button."""
        given = {name: values[0] for name, values in parse_qs(urlsplit(handler.path).query).items()}
        self._back(handler, given)

    def _back(self, handler: Any, given: dict[str, str]) -> None:
        back = {"state": given["state"], **self.also}
        if "error" not in back:
            code = f"code-number-{len(self.codes) + 1}-of-the-provider"
            self.codes[code] = given
            back["code"] = code
        handler.send_response(302)
        handler.send_header("Location", f"{given['redirect_uri']}?{urlencode(back)}")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    def token(self, handler: Any, body: bytes) -> None:
        """Give tokens for a code, once, or for the newest refresh token."""
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        self.forms.append(form)
        time.sleep(self.slow)
        _json(handler, *(self.refuses or self._given(handler, form)))

    def _given(self, handler: Any, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if not self._is_client(handler, form):
            return 401, {"error": "invalid_client"}
        if form["grant_type"] == "authorization_code":
            asked = self.codes.pop(form["code"], None)
            digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
            proof = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            challenge = proof if "code_verifier" in form else None
            if (
                asked is None
                or asked["redirect_uri"] != form["redirect_uri"]
                or asked.get("code_challenge") != challenge
            ):
                return 400, {"error": "invalid_grant"}
        elif self.revoked or form["refresh_token"] != self.refresh:
            # One that comes again was stolen by one of two: nobody has any from now on.
            self.revoked = True
            self.valid.clear()
            said = f"{form['refresh_token']} is taken no more"
            return 400, {"error": "invalid_grant", "error_description": said}
        self.count += 1
        access = f"access-token-number-{self.count}"
        self.valid.add(access)
        told = {"access_token": access, "token_type": "Bearer", **self.told}
        if self.lasts is not None:
            told["expires_in"] = self.lasts
        if self.rotates or not self.refresh:
            self.refresh = told["refresh_token"] = f"refresh-token-number-{self.count}"
        return 200, {name: value for name, value in told.items() if value is not None}

    def _is_client(self, handler: Any, form: dict[str, str]) -> bool:
        header = handler.headers.get("Authorization", "")
        if header:
            pair = base64.b64decode(header.removeprefix("Basic ")).decode().partition(":")
            return (unquote_plus(pair[0]), unquote_plus(pair[2])) == (CLIENT, CLIENT_SECRET)
        public = "client_secret" not in form and form["grant_type"] != "client_credentials"
        return form["client_id"] == CLIENT and (public or form["client_secret"] == CLIENT_SECRET)

    def orders(self, handler: Any, body: bytes) -> None:
        """Answer whoever has a token that is valid, and repeat it to them."""
        told = handler.headers.get("Authorization", "")
        if told.removeprefix("Bearer ") in self.valid:
            _json(handler, 200, {"orders": 3, "you": told})
        else:
            _json(handler, 401, {"error": "invalid_token", "you": told})


def _json(handler: Any, status: int, told: Any) -> None:
    _answer(handler, status, json.dumps(told).encode(), "application/json")


def _answer(handler: Any, status: int, body: bytes, kind: str) -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)
