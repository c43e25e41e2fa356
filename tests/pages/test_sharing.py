"""Share links at their door: what opens, for whom, and what ends with a link."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from editor.actions import create_blueprint
from editor.actions.sharing import (
    ShareRefused,
    find_link,
    make_link,
    share_with,
    withdraw,
)
from editor.models import Blueprint, Right, Share, ShareLink
from editor.visible import Who, right_of

PASSWORD = "analytical-engine-1"


@pytest.fixture
def eve(db: None) -> User:
    return User.objects.create_user("eve", password=PASSWORD)


@pytest.fixture
def blueprint(db: None) -> Blueprint:
    return create_blueprint(owner=User.objects.create_user("ada"), name="Orders")


def test_a_link_keeps_only_the_hash_of_a_long_token(blueprint: Blueprint) -> None:
    link, token = make_link(blueprint, Right.RUN, name="  Support ")
    assert len(token) == len("cns_") + 43  # 256 bits
    row = ShareLink.objects.values().get()
    assert token not in map(str, row.values())
    assert row["name"] == "Support"
    assert find_link(token) == link
    assert ShareLink.objects.get().used is not None


def test_whoever_opens_a_link_signs_in_and_has_its_right(blueprint: Blueprint, eve: User) -> None:
    _, token = make_link(blueprint, Right.RUN)
    client = Client()
    asked = client.post("/share/", {"token": token})
    assert asked["Location"] == "/sign-in/?next=/share/opened/"
    assert token not in asked["Location"]
    assert client.get(f"/blueprints/{blueprint.pk}/")["Location"].startswith("/sign-in/")
    form = {"username": "eve", "password": PASSWORD, "next": "/share/opened/"}
    assert client.post("/sign-in/", form)["Location"] == "/share/opened/"
    assert client.get("/share/opened/")["Location"] == f"/blueprints/{blueprint.pk}/"
    assert right_of(Who(eve), blueprint) is Right.RUN
    assert client.get(f"/blueprints/{blueprint.pk}/").status_code == 200
    assert client.get("/share/opened/").status_code == 404, "it is opened once"
    # Whoever is signed in already is let in at once, and has the right once.
    assert client.post("/share/", {"token": token})["Location"] == f"/blueprints/{blueprint.pk}/"
    assert Share.objects.count() == 1


def test_what_came_by_a_link_ends_with_it_and_what_was_given_by_name_stays(
    blueprint: Blueprint, eve: User
) -> None:
    link, token = make_link(blueprint, Right.EDIT)
    client = Client()
    client.force_login(eve)
    share_with(blueprint, "eve", Right.VIEW)
    client.post("/share/", {"token": token})
    assert right_of(Who(eve), blueprint) is Right.EDIT
    withdraw(link)
    assert right_of(Who(eve), blueprint) is Right.VIEW
    assert client.post("/share/", {"token": token}).status_code == 404


def test_an_expired_link_opens_nothing_and_takes_its_rights_with_it(
    blueprint: Blueprint, eve: User
) -> None:
    soon = timezone.now() + timedelta(hours=1)
    link, token = make_link(blueprint, Right.VIEW, open_to_all=True, expires=soon)
    guest, member = Client(), Client()
    member.force_login(eve)
    path = f"/blueprints/{blueprint.pk}/"
    for client in (guest, member):
        assert client.post("/share/", {"token": token})["Location"] == path
        assert client.get(path).status_code == 200
    ShareLink.objects.filter(pk=link.pk).update(expires=timezone.now())
    assert guest.get(path)["Location"].startswith("/sign-in/")
    assert member.get(path).status_code == 404
    closed = [guest.post("/share/", {"token": it}) for it in (token, "cns_never-one", "", "\0")]
    assert {answer.status_code for answer in closed} == {404}
    assert len({answer.content for answer in closed}) == 1, "nothing tells one from the other"


def test_a_link_that_is_looked_at_gives_nothing(blueprint: Blueprint, eve: User) -> None:
    _, token = make_link(blueprint, Right.EDIT)
    client = Client()
    client.force_login(eve)
    assert client.get(f"/share/?token={token}").status_code == 200
    assert right_of(Who(eve), blueprint) is None


def test_links_and_shares_that_make_no_sense_are_refused(blueprint: Blueprint, eve: User) -> None:
    past = timezone.now() - timedelta(minutes=1)
    refused: dict[str, Callable[[], object]] = {
        "needs_account": lambda: make_link(blueprint, Right.RUN, open_to_all=True),
        "expired": lambda: make_link(blueprint, Right.VIEW, expires=past),
        "unknown_user": lambda: share_with(blueprint, "nobody", Right.VIEW),
        "owner": lambda: share_with(blueprint, "ada", Right.VIEW),
    }
    for code, work in refused.items():
        with pytest.raises(ShareRefused) as refusal:
            work()
        assert refusal.value.code == code
    with pytest.raises((IntegrityError, ValidationError)):
        ShareLink.objects.create(blueprint=blueprint, right="edit", open=True, hash="0" * 64)


def test_rights_of_several_kinds_add_up_and_end_with_the_account(
    blueprint: Blueprint, eve: User
) -> None:
    share_with(blueprint, "eve", Right.VIEW)
    share = share_with(blueprint, "eve", Right.RUN)
    assert Share.objects.get() == share
    assert right_of(Who(eve), blueprint) is Right.RUN
    assert right_of(Who(User.objects.create_superuser("boss")), blueprint) is Right.OWN
    client = Client()
    client.force_login(eve)
    eve.is_active = False
    eve.save()
    assert client.get(f"/blueprints/{blueprint.pk}/")["Location"].startswith("/sign-in/")
