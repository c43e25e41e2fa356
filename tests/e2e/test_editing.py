"""Editing on the canvas beyond the first drawing, and undo over each of it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.canvas import (
    can_draw,
    centre,
    chain,
    drag,
    drawing,
    nodes,
    open_new,
    point,
    saved,
)
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]


def test_the_palette_shows_its_categories_in_the_order_of_a_drawing(
    server: Server, page: Page
) -> None:
    open_new(server, page)
    expect(page.locator(".palette h2")).to_have_text(
        ["Triggers", "Flow", "Frames", "Data", "Text", "HTTP", "Files"]
    )
    page.get_by_test_id("palette-search").fill("csv")
    kinds = page.locator(".palette [data-kind]").evaluate_all(
        "items => items.map(item => item.dataset.kind)"
    )
    assert kinds[:2] == ["csv.parse", "csv.write"]


def test_a_note_is_written_moved_and_deleted_and_each_is_undone(server: Server, page: Page) -> None:
    blueprint = open_new(server, page, chain())
    notes = page.locator('[data-testid^="note-"]')
    point(page, 80, 60)
    page.keyboard.press("n")
    expect(notes).to_have_count(1)
    page.keyboard.type("Ask Anna\nabout this")
    page.keyboard.press("Escape")
    expect(notes).to_have_text("Ask Anna\nabout this")
    [note] = saved(server, page, blueprint)["notes"]
    assert note["text"] == "Ask Anna\nabout this"

    notes.dblclick()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text("# Ask\n- **Anna**\n- [us](javascript:x)")
    page.keyboard.press("Escape")
    expect(notes.get_by_role("heading", name="Ask")).to_be_visible()
    expect(notes.locator("li").first.locator("strong")).to_have_text("Anna")
    expect(notes.locator("a")).to_have_count(0)
    page.get_by_test_id("paper-green").click()
    assert saved(server, page, blueprint)["notes"][0]["color"] == "green"
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    expect(notes).to_have_text("Ask Anna\nabout this")

    notes.dblclick()
    page.keyboard.press("Control+a")
    page.keyboard.type("Asked")
    point(page, 300, 300)
    page.mouse.click(*centre(page, ".react-flow__pane"))
    expect(notes).to_have_text("Asked")

    x, y = centre(page, '[data-testid^="note-"]')
    drag(page, (x, y), (x + 100, y + 60))
    [moved] = saved(server, page, blueprint)["notes"]
    assert (moved["x"], moved["y"]) != (note["x"], note["y"])

    notes.click()
    corner = page.locator(".note-corner").bounding_box()
    assert corner
    drag(page, (corner["x"] + 9, corner["y"] + 9), (corner["x"] + 109, corner["y"] + 69))
    [larger] = saved(server, page, blueprint)["notes"]
    # What a document leaves out is the usual, which is 240 wide.
    assert larger["width"] > moved.get("width", 240)

    notes.click()
    page.keyboard.press("Delete")
    expect(notes).to_have_count(0)
    page.keyboard.press("Control+z")
    assert saved(server, page, blueprint)["notes"] == [larger]
    page.keyboard.press("Control+z")
    assert saved(server, page, blueprint)["notes"] == [moved]
    page.keyboard.press("Control+z")
    assert saved(server, page, blueprint)["notes"] == [{**note, "text": "Asked"}]
    page.keyboard.press("Control+z")
    assert saved(server, page, blueprint)["notes"] == [note]
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    expect(notes).to_have_count(0)
    expect(page.get_by_test_id("undo")).to_be_disabled()


def test_a_press_on_one_of_several_selected_nodes_leaves_that_one(
    server: Server, page: Page
) -> None:
    open_new(server, page, chain())
    page.keyboard.press("Control+a")
    selected = page.locator(".react-flow__node.selected")
    expect(selected).to_have_count(3)
    page.get_by_test_id("node-set").click()
    expect(selected).to_have_count(1)
    page.get_by_test_id("node-end").click(modifiers=["Control"])
    expect(selected).to_have_count(2)


def test_several_nodes_are_framed_moved_together_and_deleted_from_the_form(
    server: Server, page: Page
) -> None:
    blueprint = open_new(server, page, chain())
    can_draw(page)
    left, right = centre(page, '[data-testid="node-set"]'), centre(page, '[data-testid="node-end"]')
    page.keyboard.down("Shift")
    drag(page, (left[0] - 75, left[1] - 60), (right[0] + 20, right[1] + 60))
    page.keyboard.up("Shift")
    panel = page.get_by_test_id("selection")
    expect(panel).to_contain_text("2 nodes")
    # With the nodes, the edges that lead from one of them to another.
    chosen_edges = page.locator(".react-flow__edge.selected")
    expect(chosen_edges).to_have_count(1)
    drag(page, left, (left[0], left[1] + 60))
    layout = saved(server, page, blueprint)["layout"]
    assert layout["start"] == [0, 0]
    assert layout["set"][1] == layout["end"][1] > 0
    page.keyboard.press("Control+z")
    assert saved(server, page, blueprint)["layout"] == chain()["layout"]
    panel.get_by_role("button", name="Delete Delete").click()
    expect(nodes(page)).to_have_count(1)
    page.keyboard.press("Control+z")
    expect(nodes(page)).to_have_count(3)


def test_an_action_is_found_by_its_letters(server: Server, page: Page) -> None:
    open_new(server, page, chain())
    page.keyboard.press("Control+k")
    expect(page.get_by_label("Find an action").locator("input")).to_be_focused()
    page.keyboard.type("add a note")
    page.keyboard.press("Enter")
    expect(page.locator('[data-testid^="note-"]')).to_have_count(1)


def test_the_panels_keep_their_sizes_over_a_reload(server: Server, page: Page) -> None:
    open_new(server, page, chain())
    for name, dx, dy in [("left", 60, 0), ("right", -80, 0), ("below", 0, -70)]:
        x, y = centre(page, f".splitter-{name}")
        drag(page, (x, y), (x + dx, y + dy))
    page.keyboard.press("Control+b")
    expect(page.locator(".palette")).to_have_count(0)
    page.keyboard.press("Control+b")

    def sizes() -> list[float]:
        boxes = [page.locator(name).bounding_box() for name in (".palette", ".inspector-frame")]
        drawer = page.locator(".drawer").bounding_box()
        assert boxes[0]
        assert boxes[1]
        assert drawer
        return [boxes[0]["width"], boxes[1]["width"], drawer["height"]]

    before = sizes()
    assert before == [276, 408, 274]
    page.reload()
    expect(page.get_by_test_id("node-start")).to_be_visible()
    expect(page.get_by_test_id("inspector")).to_be_visible()
    assert sizes() == before


def test_problems_are_marked_on_their_nodes_and_lead_to_them(server: Server, page: Page) -> None:
    document = chain()
    document["nodes"]["ask"] = {"kind": "http.request"}
    document["edges"].append("end.nowhere -> ask.in")
    document["layout"]["ask"] = [600, 160]
    blueprint = open_new(server, page, document)
    badge = page.get_by_test_id("problem-ask")
    expect(badge).to_be_visible()
    expect(badge).to_have_attribute("aria-label", "The parameter “Address” must be set.")
    expect(page.get_by_test_id("problem-start")).to_have_count(0)
    page.get_by_test_id("problems").get_by_text("The parameter “Address” must be set.").click()
    expect(page.locator(".inspector-head")).to_contain_text("ask")
    field = page.get_by_test_id("field-url")
    expect(field.locator(".field-error")).to_be_visible()
    field.locator("input, textarea").first.fill("https://example.org/")
    saved(server, page, blueprint)
    expect(field.locator(".field-error")).to_have_count(0)


def test_what_is_wrong_with_a_row_stands_at_the_row(server: Server, page: Page) -> None:
    document = chain()
    wrong, near = "{{ input. }}", '{{ nodes["start"].nmae }}'
    fields = {"first": 1, "second": wrong, "third": near, "fourth": near}
    document["nodes"]["set"]["parameters"]["fields"] = fields
    document["inputs"] = {"name": {"type": "string"}}
    blueprint = open_new(server, page, document)
    page.get_by_test_id("node-set").click()
    field = page.get_by_test_id("field-fields")
    rows, told = field.locator(".pair"), field.locator(".field-error")
    expect(told).to_have_count(3)
    expect(rows.nth(0).locator(".field-error")).to_have_count(0)
    expect(rows.nth(1).locator(".field-error")).to_contain_text("“Fields: second” cannot be read")
    expect(rows.nth(1).locator("textarea")).to_have_attribute("aria-invalid", "true")
    expect(rows.nth(2).locator("textarea")).not_to_have_attribute("aria-invalid", "true")
    rows.nth(2).get_by_role("button", name="Use").click()
    saved(server, page, blueprint)
    expect(told).to_have_count(1)
    rows.nth(1).locator("textarea").fill("2")
    saved(server, page, blueprint)
    expect(told).to_have_count(0)


def test_a_field_turns_into_an_expression_and_back_and_shows_its_error(
    server: Server, page: Page
) -> None:
    document = chain()
    document["nodes"]["wait"] = {"kind": "flow.wait", "parameters": {"seconds": 2}}
    document["layout"]["wait"] = [300, 160]
    blueprint = open_new(server, page, document)
    page.get_by_test_id("node-wait").click()
    field = page.get_by_test_id("field-seconds")
    field.hover()
    page.get_by_test_id("fx-seconds").click()
    expect(field).to_have_attribute("data-kind", "expression")
    field.locator("textarea").fill("{{ input.pause + }}")
    saved(server, page, blueprint)
    told = field.locator(".field-error, .preview-error").filter(visible=True)
    expect(told).to_have_count(1)
    expect(told).to_contain_text("no expression")
    expect(page.get_by_test_id("problem-wait")).to_be_visible()
    field.locator("textarea").fill("{{ 3 }}")
    saved(server, page, blueprint)
    expect(told).to_have_count(0)
    page.get_by_test_id("fx-seconds").click()
    expect(field).to_have_attribute("data-kind", "duration")
    expect(field.locator("input")).to_have_value("3")
    for _ in range(4):
        page.get_by_test_id("undo").click()
        if document_value(saved(server, page, blueprint)) == 2:
            break
    assert document_value(saved(server, page, blueprint)) == 2
    expect(field.locator("input")).to_have_value("2")


def test_undo_reaches_over_fields_settings_names_and_ports(server: Server, page: Page) -> None:
    document = chain()
    document["nodes"]["end"] = {"kind": "log.message", "parameters": {"message": "done"}}
    blueprint = open_new(server, page, document)
    start = saved(server, page, blueprint)
    page.get_by_test_id("node-end").click()
    field = page.get_by_test_id("field-message")
    field.locator("textarea, input").first.fill("total")
    field.hover()
    field.get_by_label("as an input port").click()
    expect(page.get_by_test_id("port-end-in-message")).to_be_visible()
    page.get_by_test_id("tab-settings").click()
    page.get_by_label("Title", exact=True).fill("The end")
    page.get_by_label("When it fails").select_option("route")
    expect(page.get_by_test_id("port-end-out-error")).to_be_visible()
    page.get_by_role("switch", name="Switched off").click()
    page.get_by_test_id("name").fill("Renamed")
    changed = saved(server, page, blueprint)
    assert changed["name"] == "Renamed"
    assert changed["nodes"]["end"] == {
        "kind": "log.message",
        "title": "The end",
        "parameters": {"message": "total"},
        "promoted": ["message"],
        "settings": {"on_error": "route", "disabled": True},
    }
    undo, redo = page.get_by_test_id("undo"), page.get_by_test_id("redo")
    while undo.is_enabled():
        undo.click()
    assert saved(server, page, blueprint) == start
    while redo.is_enabled():
        redo.click()
    assert saved(server, page, blueprint) == changed


def test_what_is_typed_right_after_is_the_name_of_a_new_node(server: Server, page: Page) -> None:
    blueprint = open_new(server, page, chain())
    page.get_by_test_id("node-set").click()
    # Both keys before the page is drawn again, as who types quickly does.
    focused = page.evaluate("""async () => {
      for (const key of [{ key: "d", code: "KeyD", ctrlKey: true }, { key: "F2" }]) {
        const event = new KeyboardEvent("keydown", { ...key, bubbles: true, cancelable: true });
        document.body.dispatchEvent(event);
      }
      await null;
      return document.activeElement.id;
    }""")
    assert focused == "setting-title"
    page.keyboard.type("Mark it")
    expect(page.get_by_label("Title", exact=True)).to_have_value("Mark it")
    assert saved(server, page, blueprint)["nodes"]["set_2"]["title"] == "Mark it"


def document_value(document: dict[str, object]) -> object:
    """The seconds that the wait waits."""
    return document["nodes"]["wait"]["parameters"]["seconds"]  # type: ignore[index]


@pytest.mark.parametrize("way", ["F2", "double-click", "its menu"])
def test_a_node_is_renamed_where_people_look_for_it(server: Server, page: Page, way: str) -> None:
    blueprint = open_new(server, page, chain())
    page.locator(".react-flow__pane").click(position={"x": 8, "y": 8})
    page.keyboard.press("Control+i")
    expect(page.get_by_test_id("inspector")).to_be_hidden()
    node = page.get_by_test_id("node-set")
    if way == "F2":
        node.click()
        page.keyboard.press("F2")
    elif way == "double-click":
        node.locator(".card-title").dblclick()
    else:
        node.click(button="right")
        page.get_by_role("menuitem", name="Rename").click()
    expect(page.get_by_label("Title", exact=True)).to_be_focused()
    page.keyboard.type("Mark it")
    page.keyboard.press("Enter")
    expect(page.locator('.react-flow__node[data-id="set"]')).to_be_focused()
    expect(node.locator(".card-title")).to_have_text("Mark it")
    # What is typed over is the name that was there, and undo brings it back at once.
    page.keyboard.press("F2")
    expect(page.get_by_label("Title", exact=True)).to_be_focused()
    page.keyboard.type("Sign it")
    page.keyboard.press("Escape")
    assert saved(server, page, blueprint)["nodes"]["set"]["title"] == "Sign it"
    page.keyboard.press("Control+z")
    expect(node.locator(".card-title")).to_have_text("Mark it")


def test_a_double_click_opens_the_form_of_a_node(server: Server, page: Page) -> None:
    open_new(server, page, chain())
    page.locator(".react-flow__pane").click(position={"x": 8, "y": 8})
    page.keyboard.press("Control+i")
    expect(page.get_by_test_id("inspector")).to_be_hidden()
    page.get_by_test_id("node-set").locator(".card-icon").dblclick()
    expect(page.get_by_test_id("tab-parameters")).to_have_attribute("aria-selected", "true")


def test_what_is_wrong_is_said_at_the_field_and_stays_as_it_was_typed(
    server: Server, page: Page
) -> None:
    drawn: dict[str, dict[str, Any]] = {
        "start": {"kind": "trigger.schedule", "parameters": {"every": 60}},
        "call": {"kind": "http.request"},
        "read": {"kind": "file.read"},
    }
    layout = {"start": [0, 0], "call": [300, 0], "read": [0, 200]}
    blueprint = open_new(server, page, drawing(drawn, ["start.out -> call.in"], layout))

    def told(node: str, name: str, typed: str, sentence: str) -> None:
        page.get_by_test_id(f"node-{node}").click()
        field = page.get_by_test_id(f"field-{name}")
        field.locator("input[type=text]").fill(typed)
        expect(field.locator(".field-error")).to_contain_text(sentence)
        expect(field.locator("input[type=text]")).to_have_value(typed)
        expect(field.locator("input[type=text]")).to_have_attribute("aria-invalid", "true")

    told("start", "time_zone", "Mars/Olympus", "'Mars/Olympus' is no time zone")
    # A date is judged also where its zone is wrong.
    told("start", "begin", "31.12.2027", "'31.12.2027' is no date or time such as")
    told("start", "cron", "99 9 * *", "It must have five fields")
    told("start", "every", "soon", "seconds, or such as 5 min, 1h 30m or 2 days. Until then it is")
    told("call", "url", "example.com", "This must be an address that begins with http://")
    told("call", "timeout", "-3", "This must be more than 0.")
    told("read", "path", "../../etc/passwd", "leads out of the blueprints' folder")
    # What could not be read is not saved, and is there when the node is looked at again.
    assert saved(server, page, blueprint)["nodes"]["start"]["parameters"]["every"] == 60
    page.get_by_test_id("node-start").click()
    expect(page.get_by_test_id("field-every").locator("input[type=text]")).to_have_value("soon")
    page.get_by_test_id("run").click()
    message = page.get_by_test_id("message")
    expect(message).to_contain_text(re.compile(r"^\w[\w ]+: The parameter “.+more problems are"))
    page.get_by_test_id("field-every").locator("input[type=text]").fill("2 min")
    expect(page.get_by_test_id("field-every").locator(".field-error")).to_have_count(0)
