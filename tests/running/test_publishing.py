"""Two who publish at the same time close no circle that neither of them sees."""

from __future__ import annotations

import threading

from django.db import connections, transaction

from editor.actions import create_blueprint, publish
from editor.models import Blueprint
from runner.graph import DocumentInvalid, load
from tests.running.conftest import Site
from tests.running.test_calls import DOUBLE, calling


def test_a_circle_of_four_is_not_closed_by_two_that_publish_at_once(site: Site) -> None:
    def draw(name: str, target: str) -> Blueprint:
        document = load(DOUBLE if not target else calling(target))
        return create_blueprint(owner=site.owner, name=name, document=document)

    made = {name: draw(name, "") for name in "ABCD"}
    for name, target in ("AB", "BC", "CD", "DA"):
        made[name].draft = calling(target) | {"name": name}
        made[name].save()
    publish(made["A"], site.owner)
    publish(made["C"], site.owner)

    ended = threading.Event()
    refused: list[DocumentInvalid] = []

    def second() -> None:
        try:
            publish(made["D"], site.owner)
        except DocumentInvalid as error:
            refused.append(error)
        finally:
            connections.close_all()
            ended.set()

    other = threading.Thread(target=second)
    with transaction.atomic():
        publish(made["B"], site.owner)
        other.start()
        # It has to wait for this transaction; where it did not, it would be done by then.
        assert not ended.wait(1)
    other.join(30)
    (error,) = refused
    assert {it.code for it in error.problems} == {"blueprint_circle"}
    assert Blueprint.objects.get(pk=made["D"].pk).published is None
