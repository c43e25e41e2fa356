"""Messages reach a real receiver: signed, repeated under their id, and not for ever."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone
from standardwebhooks.webhooks import WebhookVerificationError

from runner.models import Endpoint, MessageStatus, OutgoingMessage
from runner.outgoing import claiming, schedule
from runner.outgoing.claiming import claim, note
from runner.outgoing.endpoints import rotate_secret, switch_on
from runner.outgoing.messages import LARGEST, MessageTooLarge, keep, keep_test, send_again
from runner.outgoing.posting import signatures
from tests.outgoing.conftest import Make, attempt, posted
from tests.outgoing.receiver import Receiver

pytestmark = pytest.mark.django_db


def sent(endpoint: Endpoint, data: Any = None, **more: Any) -> OutgoingMessage:
    return keep(endpoint, f"k{OutgoingMessage.objects.count()}", "a.b", data or {"n": 1}, **more)


def test_the_published_vector_is_signed_as_the_standard_has_it() -> None:
    moment = datetime.fromtimestamp(1614265330, UTC)
    claimed = claiming.Claimed(
        id=UUID(int=0),
        webhook_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        claim="",
        url="",
        body=b'{"test": 2432232314}',
        secrets=("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",),
        headers={},
    )
    assert signatures(claimed, moment) == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_message_verifies_and_is_sent_until_it_has_arrived(
    make: Make, receiver: Receiver
) -> None:
    endpoint, secret = make()
    message = sent(endpoint, {"ü": [1, None]}, headers={"X-Shop": "7"})
    receiver.answer(503, b"later " * 300)
    receiver.answer(302, location="/elsewhere")
    receiver.answer(200, b"ok")
    assert [it.status for it in [*attempt(), *attempt(), *attempt(), *attempt()]] == [503, 302, 200]
    message.refresh_from_db()
    assert (message.status, message.tries, message.claim) == ("delivered", 3, "")
    told = [got.verified_by(secret) for got in receiver.got]
    assert told[0]["type"] == "a.b"
    assert told[0]["data"] == {"ü": [1, None]}
    assert {got.headers["webhook-id"] for got in receiver.got} == {message.webhook_id}
    assert {got.body for got in receiver.got} == {bytes(message.body)}
    assert all(got.headers["x-shop"] == "7" for got in receiver.got)
    with pytest.raises(WebhookVerificationError):
        receiver.got[0].verified_by("whsec_" + "A" * 44)
    first = message.attempts.all()[0]
    assert (first.status, len(first.answer)) == (503, 1024)
    assert "X-Shop" not in message.headers


def test_while_it_is_rotated_either_secret_verifies_and_later_the_new_one_alone(
    make: Make, receiver: Receiver
) -> None:
    endpoint, old = make()
    new = rotate_secret(endpoint, keep_hours=1)
    sent(endpoint)
    attempt()
    for secret in (old, new):
        receiver.got[0].verified_by(secret)
    Endpoint.objects.update(old_until=timezone.now())
    sent(endpoint)
    attempt()
    receiver.got[1].verified_by(new)
    with pytest.raises(WebhookVerificationError):
        receiver.got[1].verified_by(old)


def test_the_schedule_lasts_28_hours_and_ends() -> None:
    began = now = timezone.now()
    moments = []
    for tries in range(1, schedule.MOST_TRIES):
        found = schedule.next_moment(tries, began, now, None)
        assert found is not None
        now = found
        moments.append((now - began).total_seconds())
    assert schedule.next_moment(schedule.MOST_TRIES, began, now, None) is None
    for planned, moment in zip(schedule.MOMENTS, moments, strict=True):
        assert planned <= moment <= planned * 1.1 + 1
    assert 28 * 3600 <= moments[-1] <= 29 * 3600
    # After downtime the moments that have passed do not come all at once.
    late = schedule.next_moment(3, began, began + timedelta(hours=5), None)
    assert late is not None
    assert late >= began + timedelta(hours=5, seconds=5)


def test_who_asks_to_wait_is_left_alone_for_so_long_but_a_day_at_most(
    make: Make, receiver: Receiver
) -> None:
    endpoint, _ = make()
    message = sent(endpoint)
    for given, least in (("3600", 3600), ("99999999", 86_400)):
        receiver.answers[:] = []
        receiver.answer(429, retry_after=given)
        before = timezone.now()
        attempt()
        message.refresh_from_db()
        wait = (message.due - before).total_seconds()
        assert least <= wait <= least + 60


def test_after_the_last_attempt_it_fails_and_can_be_sent_again_under_its_id(
    make: Make, receiver: Receiver
) -> None:
    endpoint, _ = make()
    message = sent(endpoint)
    receiver.answer(500)
    attempt()
    OutgoingMessage.objects.update(tries=schedule.MOST_TRIES - 1)
    attempt()
    message.refresh_from_db()
    assert (message.status, message.why) == ("failed", "The last answer was 500. (11 attempts)")
    receiver.answers[:] = []
    assert send_again([message]) == 1
    assert send_again([message]) == 0
    attempt()
    message.refresh_from_db()
    assert (message.status, message.tries, message.why) == ("delivered", 1, "")
    assert message.attempts.count() == 3
    assert receiver.got[-1].headers["webhook-id"] == message.webhook_id


def test_410_switches_the_endpoint_off_and_what_waits_fails(make: Make, receiver: Receiver) -> None:
    endpoint, _ = make()
    other, _ = make(name="Watch", on_failed=True)
    first = sent(endpoint)
    receiver.answer(410)
    (claimed,) = claim("me", 5)
    second = sent(endpoint)
    note(claimed, posted(claimed)[0])
    endpoint.refresh_from_db()
    assert (endpoint.enabled, endpoint.why_off) == (
        False,
        "It answered 410: it takes no messages any more.",
    )
    assert claim("me", 5)[0].url == other.url  # the owner's other endpoint is told
    told = OutgoingMessage.objects.get(endpoint=other)
    assert told.type == "endpoint.switched_off"
    for message in (first, second):
        message.refresh_from_db()
        assert message.status == MessageStatus.FAILED
    assert send_again([second]) == 0  # as long as it is off
    switch_on(endpoint)
    assert send_again([first, second]) == 2


def test_days_of_failure_switch_it_off_and_one_arrival_begins_anew(
    make: Make, receiver: Receiver, settings: Any
) -> None:
    endpoint, _ = make()
    receiver.answer(500)
    receiver.answer(204)
    receiver.answer(500)
    sent(endpoint)
    attempt()
    endpoint.refresh_from_db()
    assert endpoint.failing_since is not None
    attempt()
    endpoint.refresh_from_db()
    assert endpoint.failing_since is None
    sent(endpoint)
    attempt()
    Endpoint.objects.update(failing_since=timezone.now() - timedelta(days=6))
    settings.CONDUCTOR_ENDPOINT_DAYS = 0
    attempt()
    endpoint.refresh_from_db()
    assert endpoint.enabled
    settings.CONDUCTOR_ENDPOINT_DAYS = 5
    attempt()
    endpoint.refresh_from_db()
    assert not endpoint.enabled
    assert re.fullmatch(
        r"Nothing has arrived since .* UTC\. The last answer was 500\.", endpoint.why_off
    )


def test_private_addresses_are_not_called_unless_the_operator_allows_it(
    make: Make, receiver: Receiver, settings: Any
) -> None:
    settings.CONDUCTOR_HTTP_ALLOW = frozenset()
    endpoint, _ = make()
    sent(endpoint)
    (outcome,) = attempt()
    assert outcome.status is None
    assert "127.0.0.1 is not public" in outcome.error
    assert receiver.got == []


def test_an_endpoint_has_few_at_once_and_a_slow_one_holds_up_no_other(make: Make) -> None:
    slow, _ = make()
    quick, _ = make(name="Quick")
    for _ in range(10):
        sent(slow)
    sent(quick)
    first = claim("one", 50)
    assert len(first) == claiming.PER_ENDPOINT + 1
    assert claim("two", 50) == []


def test_a_claim_that_has_run_out_is_another_one_s_and_the_late_note_changes_nothing(
    make: Make, receiver: Receiver
) -> None:
    endpoint, _ = make()
    message = sent(endpoint)
    receiver.answer(500)
    (mine,) = claim("dead", 5)
    assert claim("other", 5) == []
    OutgoingMessage.objects.update(due=timezone.now())
    (theirs,) = claim("other", 5)
    assert theirs.webhook_id == mine.webhook_id
    note(mine, posted(mine)[0])
    message.refresh_from_db()
    assert (message.claim, message.tries) == ("other", 0)
    assert message.attempts.count() == 1  # it was made, and the log says so


def test_the_same_key_is_the_same_message_and_a_large_one_is_refused(make: Make) -> None:
    endpoint, _ = make()
    assert keep(endpoint, "k", "a", 1).pk == keep(endpoint, "k", "a", 2).pk
    with pytest.raises(MessageTooLarge, match="1,048,6"):
        keep(endpoint, "large", "a", "x" * LARGEST)
    keep_test(endpoint)
    assert OutgoingMessage.objects.filter(type="endpoint.test").count() == 1
