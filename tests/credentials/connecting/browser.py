"""The browser of a person who connects a credential."""

from __future__ import annotations

import re
from html import unescape
from http.client import HTTPConnection
from urllib.parse import urlsplit

from django.contrib.auth.models import User
from django.test import Client

from runner.credentials.grants import connection_of
from runner.models import Credential
from tests.credentials.provider import SITE

BACK = f"{SITE}/credentials/connected/"
STALE = "belongs to nothing that you have begun here"


class Browser:
    """A person's browser, which knows our site and the provider."""

    def __init__(self, user: User | None) -> None:
        self.client = Client(HTTP_HOST="conductor.example:8000")
        if user is not None:
            self.client.force_login(user)

    def leave(self, row: Credential) -> str:
        """Press Connect; return where that leads."""
        answer = self.client.post(f"/credentials/{row.pk}/connect/")
        assert answer.status_code == 200, answer.content.decode()
        text = answer.content.decode()
        (found,) = re.findall(r'http-equiv="refresh" content="0;url=([^"]*)"', text)
        return unescape(str(found))

    def consent(self, address: str) -> str:
        """Look at the provider's page, which leads back; return where to."""
        where = urlsplit(address)
        connection = HTTPConnection(where.netloc)
        connection.request("GET", f"{where.path}?{where.query}")
        back = str(connection.getresponse().headers["Location"])
        connection.close()
        return back

    def come_back(self, back: str) -> str:
        """Return to our site; return what its page says."""
        assert back.startswith(BACK)
        answer = self.client.get(back.removeprefix(SITE))
        if answer.status_code == 302 and answer["Location"] == "/credentials/connected/":
            answer = self.client.get(answer["Location"])
        assert answer.status_code == 200, answer
        return unescape(answer.content.decode())

    def connect(self, row: Credential) -> str:
        return self.come_back(self.consent(self.leave(row)))


def state_of(row: Credential) -> str:
    found = connection_of(Credential.objects.get(pk=row.pk))
    assert found is not None
    return found.state
