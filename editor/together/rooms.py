"""Keeps drafts as shared documents: rows are the truth, and memory holds what it may forget.

Every change is made under the blueprint's lock, in one transaction: the rows that this process
has not seen are merged first, then the change, and with the new row goes the saved document
that is derived from it. So any process may serve any blueprint, and none owns it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from editor.models import Blueprint, DraftUpdate, Right
from editor.nul import place_of_nul
from editor.together.news import announce
from editor.together.refusals import Gone, UpdateRefused
from editor.together.shared import Json, SharedDraft
from editor.veil import veiled_document
from editor.visible import Who, blueprints_of, right_of
from runner.graph import DocumentInvalid
from runner.graph.files import check_size, from_json, to_json
from runner.models import Webhook

MOST_STATE = 16 * 1024 * 1024
# After so many rows, or when they are larger than the draft itself, they become one.
MOST_ROWS = 200
LEAST_BYTES = 256 * 1024
MOST_ROOMS = 32


@dataclass(frozen=True, slots=True)
class Saved:
    """Where a draft stands after a change was committed, or was found to be in it already."""

    sequence: int
    revision: int
    own: int | None = None  # the number of the row with the change, where there is a new one


@dataclass(frozen=True, slots=True)
class Opened:
    """A draft as an editor begins with it."""

    sequence: int
    state: bytes


@dataclass(slots=True)
class _Room:
    draft: SharedDraft
    sequence: int
    rows: int
    size: int


_rooms: OrderedDict[UUID, _Room] = OrderedDict()
_lock = threading.Lock()


def open_draft(blueprint: Blueprint) -> Opened:
    """Return the whole shared document; it is made of the saved one where there is none yet."""
    rows = updates_after(blueprint.pk, 0, most=10 * MOST_STATE)
    if not rows:
        with transaction.atomic():
            row = Blueprint.objects.select_for_update().get(pk=blueprint.pk)
            room = _room(row)
            _keep(row, room)
            return Opened(room.sequence, room.draft.state())
    updates = [update for _, update in rows]
    state = updates[0] if len(rows) == 1 else SharedDraft.of(updates).state()
    return Opened(rows[-1][0], state)


def opened_to_read(blueprint: Blueprint) -> Opened:
    """Return the draft for those who may only look: as it is now, and without its secrets.

    The shared document would also hold what was written and deleted before.
    """
    draft = SharedDraft()
    document = to_json(from_json(veiled_document(blueprint.draft)))
    draft.write(to_json(from_json(draft.read())), document)
    last = blueprint.updates.aggregate(Max("sequence"))["sequence__max"]
    return Opened(last or 0, draft.state())


def take_update(by: Who, blueprint_id: UUID, update: bytes) -> Saved:
    """Merge an editor's update into the draft and save it.

    Raises UpdateRefused where the draft would be none after it, and Gone where the blueprint
    is not there for them to edit; nothing is changed then.
    """
    with transaction.atomic():
        rows = blueprints_of(by, Right.EDIT).select_for_update(of=("self",))
        row = rows.filter(pk=blueprint_id).first()
        if row is None:
            raise Gone
        room = _room(row)
        own = None
        if news := room.draft.take(update):
            after = room.draft.read()
            _add(row, room, news, by.user)
            _answer(row, by.user)
            own = room.sequence
            if mended := room.draft.mend(row.draft, after):
                after = room.draft.read()
                _add(row, room, mended, None)
            _save(row, room, _canonical(after, row))
        _keep(row, room)
    # A row that was made of many holds more than what its author has.
    return Saved(room.sequence, row.revision, own if room.rows > 1 else None)


def write_document(row: Blueprint, document: Json, by: User | None) -> None:
    """Have a blueprint, whose lock the caller holds, say what a document in canonical form says.

    Who has it open gets the difference, and keeps what they change meanwhile.
    """
    _answer(row, by)
    if not row.updates.exists():
        # Nobody has opened it yet, so that there is nothing to merge with.
        _derive(row, document)
        return
    room = _room(row)
    now = to_json(from_json(room.draft.read()))
    if news := room.draft.write(now, document):
        _add(row, room, news, by)
    _save(row, room, document)
    _keep(row, room)


# --- one change ----------------------------------------------------------------------------


def _canonical(raw: Json, row: Blueprint) -> Json:
    """Return the document that is saved. Raises UpdateRefused where it is none."""
    try:
        document = to_json(from_json(raw))
    except DocumentInvalid as invalid:
        raise UpdateRefused("not_a_draft", invalid.problems[0].message) from invalid
    try:
        check_size(document, row.draft)
    except DocumentInvalid as invalid:
        raise UpdateRefused("too_large", invalid.problems[0].message) from invalid
    if place := place_of_nul(document):
        raise UpdateRefused(
            "nul_character", f"{place} has a NUL character, which cannot be stored."
        )
    document["name"] = document["name"] or row.name
    # The shared document has no order of parameters; what was there keeps its place.
    before = row.draft.get("nodes", {})
    for name, node in document["nodes"].items():
        if parameters := node.get("parameters"):
            known = before.get(name, {}).get("parameters", {})
            order = [key for key in known if key in parameters]
            order += sorted(parameters.keys() - known.keys())
            node["parameters"] = {key: parameters[key] for key in order}
    return document


def _answer(row: Blueprint, author: User | None) -> None:
    """Have who changes somebody else's draft answer for the calls to its test addresses.

    The runs that these start act with the rights of who has opened the address, who has not seen
    the change; to open it again is to answer for what is drawn by then.
    """
    if author is None or author.is_superuser or author.pk == row.owner_id:
        return
    opened = Webhook.objects.filter(blueprint=row, draft=True).exclude(opened_by=author)
    opened.update(opened_by=author)


def _add(row: Blueprint, room: _Room, update: bytes, author: User | None) -> None:
    room.sequence += 1
    room.rows += 1
    room.size += len(update)
    DraftUpdate.objects.create(blueprint=row, sequence=room.sequence, update=update, author=author)


def _save(row: Blueprint, room: _Room, document: Json) -> None:
    _compact(row, room)
    _derive(row, document)
    sequence, revision = room.sequence, row.revision
    transaction.on_commit(lambda: announce(row.pk, sequence, revision), robust=True)


def _derive(row: Blueprint, document: Json) -> None:
    row.draft, row.name = document, document["name"]
    row.revision += 1
    row.updated = timezone.now()
    row.save(update_fields=["draft", "name", "revision", "updated"])


def _compact(row: Blueprint, room: _Room) -> None:
    """Put one row in the place of many. Whoever has read a part of them merges it all the same."""
    if room.rows <= MOST_ROWS and room.size <= LEAST_BYTES:
        return
    state = room.draft.state()
    if len(state) > MOST_STATE:
        most = MOST_STATE // 1024 // 1024
        raise UpdateRefused("too_large", f"The draft would be larger than {most} MiB.")
    if room.rows <= MOST_ROWS and room.size <= 2 * len(state):
        return
    row.updates.all().delete()
    DraftUpdate.objects.create(blueprint=row, sequence=room.sequence, update=state, whole=True)
    room.rows, room.size = 1, len(state)


# --- memory --------------------------------------------------------------------------------


def _room(row: Blueprint) -> _Room:
    """Return the draft as the rows have it. It is this caller's alone until it is kept again."""
    with _lock:
        room = _rooms.pop(row.pk, None)
    if room is not None and (room := _caught_up(row, room)) is not None:
        return room
    found = list(row.updates.values_list("sequence", "update"))
    if not found:
        return _founded(row)
    updates = [bytes(update) for _, update in found]
    draft = SharedDraft.of(updates)
    return _Room(draft, found[-1][0], len(updates), sum(map(len, updates)))


def _caught_up(row: Blueprint, room: _Room) -> _Room | None:
    """Merge what others have committed since; None where memory and rows do not belong together."""
    news = list(
        row.updates.filter(sequence__gte=room.sequence).values_list("sequence", "update", "whole")
    )
    if not news or (news[0][0] != room.sequence and not news[0][2]):
        return None
    for sequence, update, _ in news:
        if sequence > room.sequence:
            room.draft.merge(bytes(update))
            room.sequence = sequence
            room.rows += 1
            room.size += len(update)
    return room


def _founded(row: Blueprint) -> _Room:
    """Make the shared document of the saved one, once; all who come later begin with it."""
    draft = SharedDraft()
    document = to_json(from_json(row.draft))
    update = draft.write(to_json(from_json(draft.read())), document) or draft.state()
    room = _Room(draft, 0, 0, 0)
    _add(row, room, update, None)
    return room


def _keep(row: Blueprint, room: _Room) -> None:
    """Remember the draft once it is committed; one that was rolled back is read anew."""

    def keep() -> None:
        with _lock:
            _rooms[row.pk] = room
            _rooms.move_to_end(row.pk)
            while len(_rooms) > MOST_ROOMS:
                _rooms.popitem(last=False)

    transaction.on_commit(keep, robust=True)


def updates_after(
    blueprint_id: UUID, sequence: int, most: int = 1024 * 1024
) -> list[tuple[int, bytes]]:
    """Return what was committed after `sequence`, in order; a whole draft may stand for many.

    With `most` bytes there are enough of them for now.
    """
    rows = DraftUpdate.objects.filter(blueprint_id=blueprint_id, sequence__gt=sequence)
    found, size = [], 0
    for number, update in rows.values_list("sequence", "update").iterator(chunk_size=50):
        found.append((number, bytes(update)))
        size += len(update)
        if size > most:
            break
    return found


def standing(by: Who, blueprint_id: UUID) -> tuple[int, int, Right]:
    """Return the last sequence, the revision, and what somebody may do with the blueprint.

    Raises Gone where it is not there for them.
    """
    found = blueprints_of(by).filter(pk=blueprint_id).only("revision", "owner_id").first()
    right = right_of(by, found) if found is not None else None
    if found is None or right is None:
        raise Gone
    last = DraftUpdate.objects.filter(blueprint_id=blueprint_id).aggregate(Max("sequence"))
    return last["sequence__max"] or open_draft(found).sequence, found.revision, right
