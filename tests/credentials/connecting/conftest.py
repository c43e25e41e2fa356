"""A person with a credential that can be connected, and its provider."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from runner.credentials.keeping import keep
from runner.models import Credential
from tests.credentials.provider import Provider


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada")


@pytest.fixture
def row(ada: User, provider: Provider) -> Credential:
    row = Credential(owner=ada, name="Shop", kind="oauth2_code")
    keep(row, provider.fields())
    return row
