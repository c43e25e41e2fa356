"""Keeping: versions looked at, compared and restored; files in and out; examples."""

from __future__ import annotations

import base64
import re
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from runner.graph import to_json
from runner.graph.pictures import load_file
from tests.e2e.canvas import centre, chain, document_of, drag, make, nodes, saved, show
from tests.e2e.test_accessibility import sound
from tests.serving import Server

EXPORTS = {
    "json": "download",
    "yaml": "download-yaml",
    "svg": "download-svg",
    "png": "download-png",
}
pytestmark = [pytest.mark.e2e, pytest.mark.server]


def put(server: Server, blueprint: str, document: dict[str, Any]) -> None:
    """Save a draft by the API, whichever revision is there."""
    path = f"/api/blueprints/{blueprint}/"
    status, answer = server.call("PUT", path, {"document": document}, {"If-Match": "*"})
    assert status == 200, answer


def publish(server: Server, blueprint: str, message: str) -> None:
    status, answer = server.call(
        "POST", f"/api/blueprints/{blueprint}/publish/", {"message": message}
    )
    assert status == 201, answer


def changed() -> dict[str, Any]:
    """The chain with another value, another end, and one node moved."""
    document = chain()
    document["nodes"]["set"]["parameters"] = {"fields": {"ok": False, "more": "yes"}}
    document["nodes"]["wait"] = {"kind": "flow.wait", "parameters": {"seconds": 1}}
    del document["nodes"]["end"]
    document["edges"] = ["start.out -> set.in", "set.out -> wait.in"]
    document["layout"] = {"start": [0, 100], "set": [300, 0], "wait": [600, 60]}
    return document


def two_versions(server: Server) -> str:
    """Make a blueprint with the versions 1 (the chain) and 2 (the changed one)."""
    blueprint = make(server, chain())
    publish(server, blueprint, "As it began")
    put(server, blueprint, changed())
    publish(server, blueprint, "With a pause")
    return blueprint


def open_versions(page: Page, blueprint: str) -> None:
    show(page, blueprint)
    page.get_by_test_id("versions-button").click()
    expect(page.get_by_test_id("version-1")).to_be_visible()


def test_the_history_tells_of_every_version_and_shows_it_read_only(
    server: Server, page: Page
) -> None:
    blueprint = two_versions(server)
    open_versions(page, blueprint)
    newest = page.get_by_test_id("version-2")
    expect(newest).to_contain_text("published")
    expect(newest).to_contain_text("With a pause")
    expect(newest).to_contain_text("owner")
    expect(newest.locator("time")).to_have_attribute("title", re.compile(r"20\d\d"))
    expect(page.get_by_test_id("version-1")).not_to_contain_text("published")

    page.get_by_test_id("look-1").click()
    banner = page.get_by_test_id("reading")
    expect(banner).to_contain_text("Version 1, read only")
    expect(page.get_by_test_id("seen-end")).to_be_visible()
    expect(page.get_by_test_id("seen-wait")).to_have_count(0)
    page.get_by_test_id("seen-set").click()
    expect(page.get_by_test_id("seen-node")).to_contain_text('"ok": true')
    # Nothing of it can be changed, and no key reaches the draft below.
    start = centre(page, '.reading [data-testid="port-start-out-out"]')
    drag(page, start, (start[0] + 40, start[1] + 160))
    for keys in ("Delete", "Control+a", "Delete", "Control+z", "n"):
        page.keyboard.press(keys)
    page.get_by_test_id("back-to-draft").click()
    expect(banner).to_have_count(0)
    assert saved(server, page, blueprint)["nodes"] == changed()["nodes"]


def test_versions_are_opened_looked_at_and_left_by_keys(server: Server, page: Page) -> None:
    blueprint = two_versions(server)
    show(page, blueprint)
    page.keyboard.press("Control+k")
    page.get_by_test_id("commands").get_by_role("textbox").fill("versions")
    page.keyboard.press("Enter")
    page.get_by_test_id("look-1").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("reading")).to_contain_text("Version 1")
    node = page.locator('.reading .react-flow__node[data-id="set"]')
    node.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("seen-node")).to_contain_text("fields", ignore_case=True)
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("reading")).to_have_count(0)


def test_a_version_is_given_a_name_that_stays(server: Server, page: Page) -> None:
    blueprint = two_versions(server)
    open_versions(page, blueprint)
    page.get_by_test_id("version-1").hover()
    page.get_by_test_id("rename-1").click()
    page.get_by_test_id("version-name-1").fill("Before the pause")
    page.get_by_test_id("version-name-1").press("Enter")
    expect(page.get_by_test_id("version-1")).to_contain_text("Before the pause")
    versions = server.get(f"/api/blueprints/{blueprint}/versions/")[1]["results"]
    assert [version["name"] for version in versions] == ["", "Before the pause"]


def test_many_versions_come_page_by_page(server: Server, page: Page) -> None:
    blueprint = make(server, chain())
    for number in range(32):
        put(server, blueprint, {**chain(), "description": str(number)})
        publish(server, blueprint, f"Number {number}")
    show(page, blueprint)
    page.get_by_test_id("versions-button").click()
    rows = page.locator('[data-testid^="look-"]')
    expect(rows).to_have_count(30)
    page.get_by_test_id("older-versions").click()
    expect(rows).to_have_count(32)
    expect(page.get_by_test_id("older-versions")).to_have_count(0)


def test_a_version_that_was_deleted_meanwhile_is_told(server: Server, page: Page) -> None:
    blueprint = two_versions(server)
    open_versions(page, blueprint)
    server.inside(
        "from editor.models import BlueprintVersion\n"
        f"BlueprintVersion.objects.get(blueprint={blueprint!r}, number=1).delete()"
    )
    page.get_by_test_id("look-1").click()
    expect(page.get_by_test_id("not-shown")).to_contain_text("Version 1 is no longer there")
    expect(page.get_by_test_id("version-1")).to_have_count(0)
    expect(page.get_by_test_id("version-2")).to_be_visible()
    page.get_by_test_id("not-shown").get_by_role("button").click()
    assert server.call("DELETE", f"/api/blueprints/{blueprint}/")[0] == 204
    page.get_by_test_id("look-2").click()
    expect(page.get_by_test_id("not-shown")).to_contain_text("Version 2 is no longer there")
    expect(page.get_by_test_id("restore-shown")).to_have_count(0)
    page.get_by_test_id("not-shown").get_by_role("button").click()
    expect(page.get_by_test_id("node-set")).to_be_visible()
    page.get_by_test_id("close-versions").click()
    page.get_by_test_id("versions-button").click()
    expect(page.get_by_test_id("versions-failed")).to_contain_text("it was deleted")


def test_what_has_changed_between_two_versions_is_drawn_and_listed(
    server: Server, page: Page
) -> None:
    blueprint = two_versions(server)
    open_versions(page, blueprint)
    page.get_by_test_id("look-1").hover()
    page.get_by_test_id("compare-1").click()
    page.get_by_test_id("compare-to").select_option("2")
    summary = page.get_by_test_id("change-summary")
    expect(summary).to_have_text("1 node added, 1 changed, 1 removed; 1 edge added, 1 removed.")
    for node, sign in (("wait", "added"), ("end", "removed"), ("set", "changed")):
        badge = page.get_by_test_id(f"seen-{node}").locator(".sign")
        expect(badge).to_have_attribute("aria-label", sign)
    expect(page.get_by_test_id("seen-start").locator(".sign")).to_have_count(0)
    added = page.get_by_test_id("seen-edge-set.out -> wait.in")
    expect(added).to_have_class(re.compile("is-added"))
    removed = page.get_by_test_id("seen-edge-set.out -> end.in")
    expect(removed).to_have_class(re.compile("is-removed"))

    value = page.get_by_test_id("value-parameters-fields")
    expect(value.get_by_test_id("value-before")).to_contain_text('"ok": true')
    expect(value.get_by_test_id("value-after")).to_contain_text('"more": "yes"')
    page.get_by_test_id("change-end").get_by_role("button").click()
    expect(page.get_by_test_id("seen-end")).to_have_class(re.compile("is-selected"))

    # What only moved is told apart, and marked on demand.
    expect(page.get_by_test_id("moved")).to_contain_text("1 only moved")
    page.get_by_test_id("moved").get_by_role("checkbox").check()
    moved = page.get_by_test_id("seen-start").locator(".sign")
    expect(moved).to_have_attribute("aria-label", "moved")

    page.get_by_test_id("compare-exchange").click()
    badge = page.get_by_test_id("seen-wait").locator(".sign")
    expect(badge).to_have_attribute("aria-label", "removed")


def test_changes_are_told_in_the_words_of_the_forms(server: Server, page: Page) -> None:
    document = chain()
    document["nodes"]["hook"] = {"kind": "trigger.webhook", "parameters": {"response": "at_once"}}
    document["notes"] = [{"id": "note", "text": "# Plan\n**As** it was", "x": 0, "y": 300}]
    blueprint = make(server, document)
    publish(server, blueprint, "As it began")
    document["nodes"]["hook"]["parameters"]["response"] = "when_finished"
    document["nodes"]["set"]["settings"] = {"on_error": "route"}
    document["settings"] = {"on_failure": "finish"}
    put(server, blueprint, document)
    open_versions(page, blueprint)
    page.get_by_test_id("compare-published").click()
    answer = page.get_by_test_id("value-parameters-response")
    expect(answer.get_by_test_id("value-before")).to_contain_text("At once")
    expect(answer.get_by_test_id("value-after")).to_contain_text("When finished")
    fails = page.get_by_test_id("value-settings-on_error")
    expect(fails).to_contain_text("When it fails")
    expect(fails).to_contain_text("Go on through an error port")
    expect(page.get_by_test_id("value-settings-on_failure")).to_contain_text(
        "Let the other branches end"
    )
    expect(page.get_by_test_id("seen-note").locator("strong")).to_have_text("As")
    sound(page, "changes, and a note with a heading")


def test_the_draft_is_compared_with_what_is_published_while_it_is_not_saved(
    server: Server, page: Page
) -> None:
    blueprint = make(server, chain())
    publish(server, blueprint, "")
    show(page, blueprint)
    page.get_by_test_id("node-end").click()
    page.keyboard.press("Delete")
    page.keyboard.press("Control+k")
    page.get_by_test_id("commands").get_by_role("textbox").fill("compare draft")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("reading")).to_contain_text("From version 1 to the draft")
    expect(page.get_by_test_id("change-summary")).to_have_text("1 node removed; 1 edge removed.")
    page.keyboard.press("Escape")
    page.get_by_test_id("undo").click()
    page.get_by_test_id("compare-published").click()
    expect(page.get_by_test_id("change-summary")).to_have_text("Nothing has changed in meaning.")


def test_a_version_is_restored_saved_and_undone(server: Server, page: Page) -> None:
    blueprint = two_versions(server)
    open_versions(page, blueprint)
    page.get_by_test_id("look-1").click()
    page.get_by_test_id("restore-shown").click()
    expect(page.get_by_test_id("restore-summary")).to_have_text(
        "1 node added, 1 changed, 1 removed; 1 edge added, 1 removed; 1 moved."
    )
    expect(page.get_by_test_id("restore")).to_contain_text("stays among the versions")
    page.get_by_test_id("restore-confirm").click()
    expect(page.get_by_test_id("reading")).to_have_count(0)
    expect(page.get_by_test_id("node-end")).to_be_visible()
    now = saved(server, page, blueprint)
    assert now["nodes"] == chain()["nodes"]
    assert now["layout"] == chain()["layout"]
    # What runs is still version 2.
    assert server.get(f"/api/blueprints/{blueprint}/")[1]["published"]["number"] == 2

    page.get_by_test_id("undo").click()
    expect(page.get_by_test_id("node-wait")).to_be_visible()
    assert saved(server, page, blueprint)["nodes"] == changed()["nodes"]
    page.get_by_test_id("version-2").hover()
    page.get_by_test_id("restore-2").click()
    expect(page.get_by_test_id("message")).to_have_text("The draft is as version 2 already")


def test_before_a_version_is_restored_unpublished_work_is_named(server: Server, page: Page) -> None:
    blueprint = two_versions(server)
    put(server, blueprint, {**changed(), "description": "Not published"})
    open_versions(page, blueprint)
    page.get_by_test_id("look-2").click()
    page.keyboard.press("Control+k")
    page.get_by_test_id("commands").get_by_role("textbox").fill("restore")
    page.keyboard.press("Enter")
    dialog = page.get_by_test_id("restore")
    expect(dialog).to_contain_text("it is in no version")
    dialog.get_by_role("button", name="Look at the changes").click()
    expect(page.get_by_test_id("reading")).to_contain_text("From the draft to version 2")
    value = page.get_by_test_id("value-own-description")
    expect(value.get_by_test_id("value-before")).to_contain_text("Not published")


def exported(page: Page, name: str) -> tuple[str, bytes]:
    """Press one of the buttons for files; returns the file's name and content."""
    with page.expect_download() as waiting:
        page.get_by_test_id(name).click()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


def drop(page: Page, selector: str, name: str, content: bytes) -> None:
    """Drop a file onto the middle of an element, as a browser does."""
    x, y = centre(page, selector)
    page.evaluate(
        """([selector, name, content, x, y]) => {
            const bytes = Uint8Array.from(atob(content), (sign) => sign.charCodeAt(0));
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File([bytes], name));
            for (const kind of ["dragover", "drop"]) {
                const more = { bubbles: true, cancelable: true, clientX: x, clientY: y };
                const event = new DragEvent(kind, { dataTransfer, ...more });
                document.querySelector(selector).dispatchEvent(event);
            }
        }""",
        [selector, name, base64.b64encode(content).decode(), x, y],
    )


def strange() -> dict[str, Any]:
    """A drawing with a kind that no server knows, a note, and signs that files must escape."""
    document = chain()
    document["name"] = "Grüße & <more>"
    document["nodes"]["odd"] = {"kind": "not.known", "parameters": {"x": "</metadata> ]]> “”"}}
    document["layout"]["odd"] = [300, 200]
    document["notes"] = [{"id": "note", "text": "Look <here>", "x": 0, "y": 200}]
    return document


def test_what_is_exported_in_any_form_can_be_dropped_back(server: Server, page: Page) -> None:
    source = make(server, strange(), "Grüße & <more>")
    show(page, source)
    document = document_of(server, source)
    files = {form: exported(page, name) for form, name in EXPORTS.items()}
    assert {name for name, _ in files.values()} == {f"Grüße-more-.{form}" for form in EXPORTS}
    for _, content in files.values():
        assert to_json(load_file(content)) == document

    for name, content in files.values():
        page.goto("/blueprints/")
        drop(page, "main", name, content)
        page.wait_for_url("**/blueprints/*-*/")
        made = page.url.split("/")[-2]
        assert document_of(server, made) == document

        target = make(server)
        show(page, target)
        drop(page, ".react-flow__pane", name, content)
        message = page.get_by_test_id("message")
        expect(message).to_contain_text("4 nodes inserted")
        expect(message).to_contain_text("placeholders: not.known")
        expect(page.get_by_test_id("node-odd")).to_have_class(re.compile("is-unknown"))
        inserted = saved(server, page, target)
        assert inserted["nodes"] == document["nodes"]
        assert inserted["edges"] == document["edges"]
        page.get_by_test_id("undo").click()
        expect(nodes(page)).to_have_count(0)
        saved(server, page, target)


def test_an_exported_png_is_sound_and_a_picture(server: Server, page: Page) -> None:
    show(page, make(server, strange()))
    _, png = exported(page, "download-png")
    at, kinds = 8, []
    while at < len(png):
        length, kind = struct.unpack_from(">I4s", png, at)
        (crc,) = struct.unpack_from(">I", png, at + 8 + length)
        assert zlib.crc32(png[at + 4 : at + 8 + length]) == crc
        kinds.append(kind)
        at += 12 + length
    assert (kinds[:2], kinds[-1]) == ([b"IHDR", b"iTXt"], b"IEND")
    width, height = struct.unpack_from(">II", png, 16)
    assert width > 1000
    assert height > 400


def test_garbage_that_is_dropped_is_refused_with_the_reason(server: Server, page: Page) -> None:
    blueprint = make(server, chain())
    show(page, blueprint)
    message = page.get_by_test_id("message")
    for name, content, reason in (
        ("bad.yaml", b"nodes: [", "bad.yaml: The text is no document: it is not YAML"),
        ("new.json", b'{"format": "conductor/9"}', "A newer document needs a newer Conductor"),
        ("cat.svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>', "holds no blueprint"),
        ("empty.json", b"{}", "there are no nodes in it"),
    ):
        drop(page, ".react-flow__pane", name, content)
        expect(message).to_contain_text(reason)
    assert saved(server, page, blueprint)["nodes"] == chain()["nodes"]
    # Beside the canvas a file is not taken, and the page is not left for it.
    drop(page, '[data-testid="inspector"]', "bad.yaml", b"nodes: [")
    expect(page.get_by_test_id("node-set")).to_be_visible()
    page.goto("/blueprints/")
    drop(page, "main", "bad.yaml", b"nodes: [")
    expect(page.locator("body")).to_contain_text("bad.yaml: The text is no document")


def test_a_file_is_inserted_by_the_command_palette(server: Server, page: Page) -> None:
    blueprint = make(server, chain())
    show(page, blueprint)
    page.keyboard.press("Control+k")
    page.get_by_test_id("commands").get_by_role("textbox").fill("insert a file")
    with page.expect_file_chooser() as waiting:
        page.keyboard.press("Enter")
    file = b"name: More\nnodes:\n  extra: {kind: flow.wait}\n"
    waiting.value.set_files({"name": "more.yaml", "mimeType": "text/yaml", "buffer": file})
    expect(page.get_by_test_id("node-extra")).to_be_visible()
    assert set(saved(server, page, blueprint)["nodes"]) == {"start", "set", "end", "extra"}


def test_an_example_opens_as_a_copy_that_runs(server: Server, page: Page) -> None:
    page.goto("/blueprints/")
    page.locator(".gallery summary").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Open a copy of Fan-out").click()
    page.wait_for_selector(".react-flow__pane")
    expect(page.get_by_test_id("name")).to_have_value("Fan-out 2")
    page.get_by_test_id("run").click()
    expect(page.get_by_test_id("node-start")).to_have_attribute("data-status", "succeeded")
