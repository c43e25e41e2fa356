"""Frames: drawn around what they hold, filled and emptied by dragging, watched while they run."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import FloatRect, Page, expect

from tests.e2e.canvas import centre, document_of, drag, drawing, open_new, port, saved
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]

EMPTY: dict[str, dict[str, Any]] = {
    "start": {"kind": "trigger.manual"},
    "lines": {"kind": "frame.each", "parameters": {"list": "{{ input.lines }}"}},
    "price": {
        "kind": "data.set",
        "parameters": {"fields": {"sum": "{{ item.count * 2 }}"}},
    },
}
PLACES: dict[str, list[int]] = {"start": [0, 0], "lines": [300, 0], "price": [400, 320]}


def each_drawing(lines: list[Any], **settings: Any) -> dict[str, Any]:
    """Return a frame that prices each of these lines."""
    nodes: dict[str, dict[str, Any]] = {
        **EMPTY,
        "lines": {
            "kind": "frame.each",
            "parameters": {"list": "{{ input.lines }}", **settings},
        },
        "price": {**EMPTY["price"], "frame": "lines"},
        "end": {"kind": "flow.output", "parameters": {"name": "sums"}},
    }
    edges = [
        "start.out -> lines.in",
        "lines.item -> price.in",
        "price.out -> lines.result",
        "lines.out -> end.in",
    ]
    layout = {"start": [0, 0], "lines": [300, 0], "price": [420, 80], "end": [840, 0]}
    inputs = {"lines": {"type": "array", "default": lines}}
    return drawing(nodes, edges, layout, inputs=inputs)


def held(server: Server, page: Page, blueprint: str) -> dict[str, str]:
    """Save, and return the frame of each node that has one."""
    nodes = saved(server, page, blueprint)["nodes"]
    return {name: node["frame"] for name, node in nodes.items() if "frame" in node}


def box(page: Page, node: str) -> FloatRect:
    """Where a node is on the screen."""
    found = page.get_by_test_id(f"node-{node}").bounding_box()
    assert found, node
    return found


def is_inside(page: Page, node: str, frame: str) -> bool:
    """Say whether a node is drawn within the box of a frame."""
    inner, outer = box(page, node), box(page, frame)
    return (
        outer["x"] < inner["x"]
        and outer["y"] < inner["y"]
        and inner["x"] + inner["width"] < outer["x"] + outer["width"]
        and inner["y"] + inner["height"] < outer["y"] + outer["height"]
    )


def head(page: Page, frame: str) -> tuple[float, float]:
    """A place by which a frame is dragged."""
    at = box(page, frame)
    return at["x"] + 60, at["y"] + 12


def test_a_node_is_dropped_into_a_frame_and_dragged_out_again(server: Server, page: Page) -> None:
    blueprint = open_new(server, page, drawing(EMPTY, ["start.out -> lines.in"], PLACES))
    expect(page.get_by_text("Drop nodes here")).to_be_visible()
    start, middle = centre(page, '[data-testid="node-price"]'), centre(page, ".frame-hint")
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(start[0], start[1] - 20, steps=3)
    page.mouse.move(*middle, steps=8)
    expect(page.get_by_test_id("node-lines")).to_have_class(re.compile("is-aimed"))
    page.mouse.up()
    expect(page.get_by_text("Drop nodes here")).to_have_count(0)
    expect(page.get_by_test_id("node-lines")).not_to_have_class(re.compile("is-aimed"))
    assert held(server, page, blueprint) == {"price": "lines"}
    assert is_inside(page, "price", "lines")

    drag(page, port(page, "lines", "out", "item"), port(page, "price", "in", "in"))
    drag(page, port(page, "price", "out", "out"), port(page, "lines", "in", "result"))
    expect(page.get_by_test_id("edge-lines.item -> price.in")).to_have_count(1)
    expect(page.get_by_test_id("edge-price.out -> lines.result")).to_have_count(1)

    at = centre(page, '[data-testid="node-price"]')
    drag(page, at, (at[0], at[1] + 260))
    assert held(server, page, blueprint) == {}
    expect(page.get_by_text("Drop nodes here")).to_be_visible()
    # What crosses the border now is kept, and drawn as wrong.
    expect(page.get_by_test_id("edge-price.out -> lines.result")).to_have_class(
        re.compile("is-missing")
    )
    page.keyboard.press("Control+z")
    assert held(server, page, blueprint) == {"price": "lines"}
    for _ in range(3):
        page.keyboard.press("Control+z")
    assert held(server, page, blueprint) == {}
    assert document_of(server, blueprint)["layout"] == PLACES
    for _ in range(3):
        page.keyboard.press("Control+Shift+z")
    assert held(server, page, blueprint) == {"price": "lines"}
    page.reload()
    expect(page.get_by_test_id("edge-price.out -> lines.result")).to_have_count(1)
    assert is_inside(page, "price", "lines")


def test_a_frame_moves_with_what_it_holds_and_into_another_frame(
    server: Server, page: Page
) -> None:
    nodes: dict[str, dict[str, Any]] = {
        "outer": {"kind": "frame.each"},
        "inner": {"kind": "frame.each"},
        "price": {**EMPTY["price"], "frame": "inner"},
    }
    places = {"outer": [0, 0], "inner": [0, 260], "price": [120, 340]}
    blueprint = open_new(server, page, drawing(nodes, [], places))
    before = box(page, "price")
    drag(page, head(page, "inner"), centre(page, '[data-testid="node-outer"] .frame-hint'))
    assert held(server, page, blueprint) == {"price": "inner", "inner": "outer"}
    assert is_inside(page, "inner", "outer")
    assert is_inside(page, "price", "inner")
    assert box(page, "price")["y"] < before["y"]

    page.keyboard.press("Control+z")
    assert held(server, page, blueprint) == {"price": "inner"}
    assert box(page, "price") == before
    page.keyboard.press("Control+Shift+z")
    page.get_by_test_id("node-outer").locator(".frame-head").click(position={"x": 60, "y": 12})
    page.keyboard.press("Control+d")
    assert held(server, page, blueprint) == {
        "price": "inner",
        "inner": "outer",
        "inner_2": "outer_2",
        "price_2": "inner_2",
    }
    page.keyboard.press("Delete")
    assert held(server, page, blueprint) == {"price": "inner", "inner": "outer"}


def test_a_piece_with_a_frame_is_copied_and_deleted_whole(server: Server, page: Page) -> None:
    blueprint = open_new(server, page, each_drawing([]))
    page.get_by_test_id("node-lines").locator(".frame-head").click(position={"x": 60, "y": 12})
    page.keyboard.press("Control+c")
    page.keyboard.press("Delete")
    assert set(saved(server, page, blueprint)["nodes"]) == {"start", "end"}
    page.keyboard.press("Control+z")
    expect(page.get_by_test_id("node-price")).to_be_visible()
    canvas = page.get_by_test_id("canvas").bounding_box()
    assert canvas
    page.mouse.move(canvas["x"] + 340, canvas["y"] + canvas["height"] - 60)
    page.keyboard.press("Control+v")
    document = saved(server, page, blueprint)
    assert document["nodes"]["price_2"]["frame"] == "lines_2"
    assert "lines_2.item -> price_2.in" in document["edges"]
    page.keyboard.press("Control+z")
    assert held(server, page, blueprint) == {"price": "lines"}


def test_a_selection_is_wrapped_in_a_frame_and_unwrapped(server: Server, page: Page) -> None:
    nodes: dict[str, dict[str, Any]] = {
        "start": {"kind": "trigger.manual"},
        "price": EMPTY["price"],
        "end": {"kind": "flow.output", "parameters": {"name": "sums"}},
    }
    edges = ["start.out -> price.in", "price.out -> end.in"]
    layout = {"start": [0, 0], "price": [300, 0], "end": [600, 0]}
    blueprint = open_new(server, page, drawing(nodes, edges, layout))
    message = page.get_by_test_id("message")
    page.get_by_test_id("node-start").click()
    page.keyboard.press("Control+g")
    expect(message).to_contain_text("A trigger stays outside of all frames")
    page.get_by_test_id("node-price").click(modifiers=["Control"])
    page.keyboard.press("Control+g")
    expect(page.get_by_test_id("quick-trigger.manual")).to_have_count(0)
    page.get_by_test_id("quick-frame.each").click()
    expect(message).to_contain_text("“Manual start” stays outside")
    document = saved(server, page, blueprint)
    assert document["nodes"]["price"]["frame"] == "each"
    assert sorted(document["edges"]) == [
        "each.item -> price.in",
        "each.out -> end.in",
        "price.out -> each.result",
        "start.out -> each.in",
    ]
    # What the frame would cover has moved aside, and the trigger stands before it as it did.
    frame, before, after = (
        page.get_by_test_id(f"node-{name}").bounding_box() for name in ("each", "start", "end")
    )
    assert frame
    assert before
    assert after
    assert before["x"] + before["width"] < frame["x"]
    assert frame["x"] + frame["width"] < after["x"]
    page.keyboard.press("Control+Shift+g")
    document = saved(server, page, blueprint)
    assert "each" not in document["nodes"]
    assert "frame" not in document["nodes"]["price"]
    assert sorted(document["edges"]) == sorted(edges)
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    document = saved(server, page, blueprint)
    assert (document["edges"], document["layout"]) == (edges, layout)


def test_what_stood_where_a_new_frame_has_its_title_gives_way(server: Server, page: Page) -> None:
    nodes: dict[str, dict[str, Any]] = {
        "start": {"kind": "trigger.manual"},
        "price": EMPTY["price"],
        "end": {"kind": "flow.output", "parameters": {"name": "sums"}},
    }
    edges = ["start.out -> price.in", "price.out -> end.in"]
    about = {"id": "about", "text": "Prices", "x": 300, "y": -100, "width": 220, "height": 80}
    document = drawing(
        nodes,
        edges,
        {"start": [0, 0], "price": [300, 0], "end": [600, 0]},
        notes=[about],
        # The second would lead back from the frame.
        routes={edges[0]: {"points": [[260, 200]]}, edges[1]: {"points": [[560, 200]]}},
    )
    blueprint = open_new(server, page, document)
    before = saved(server, page, blueprint)
    page.get_by_test_id("node-price").click()
    page.keyboard.press("Control+g")
    page.get_by_test_id("quick-frame.each").click()
    expect(page.get_by_test_id("node-each")).to_be_visible()
    after = saved(server, page, blueprint)
    note, frame = page.get_by_test_id("note-about").bounding_box(), box(page, "each")
    assert note
    assert note["y"] + note["height"] <= frame["y"]
    assert set(after["routes"]) == {"start.out -> each.in"}
    # Without the frame the edge goes by way of its point again.
    page.keyboard.press("Control+Shift+g")
    assert set(saved(server, page, blueprint)["routes"]) == {"start.out -> price.in"}
    page.keyboard.press("Control+z")
    assert saved(server, page, blueprint) == after
    page.keyboard.press("Control+z")
    assert saved(server, page, blueprint) == before
    # Where a note is dragged over a title, the title is above it.
    page.keyboard.press("Control+Shift+z")
    at = note["x"] + note["width"] / 2, note["y"] + note["height"] / 2
    drag(page, at, (frame["x"] + 120, frame["y"] + 20))
    title = page.get_by_test_id("node-each").locator(".card-title")
    shown = "it => { const r = it.getBoundingClientRect(); return it.contains("
    shown += "document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2)); }"
    assert title.evaluate(shown)


def test_an_edge_out_of_a_frame_is_refused_with_the_reason(server: Server, page: Page) -> None:
    open_new(server, page, each_drawing([]))
    drag(page, port(page, "price", "out", "out"), port(page, "end", "in", "in"))
    expect(page.get_by_text(re.compile("Edges leave a frame only through"))).to_be_visible()
    expect(page.get_by_test_id("edge-price.out -> end.in")).to_have_count(0)


def test_a_node_that_is_added_inside_a_frame_is_in_it(server: Server, page: Page) -> None:
    blueprint = open_new(server, page, drawing(EMPTY, [], PLACES))
    at = centre(page, ".frame-hint")
    page.mouse.dblclick(*at)
    page.get_by_test_id("quick-add-search").fill("template")
    page.keyboard.press("Enter")
    assert held(server, page, blueprint) == {"template": "lines"}
    assert is_inside(page, "template", "lines")


def test_nodes_go_into_a_frame_and_out_of_it_by_keys(server: Server, page: Page) -> None:
    blueprint = open_new(server, page, drawing(EMPTY, [], PLACES))
    page.get_by_test_id("node-price").click()
    page.get_by_test_id("node-lines").locator(".frame-head").click(
        position={"x": 60, "y": 12}, modifiers=["Shift"]
    )
    page.keyboard.press("f")
    assert held(server, page, blueprint) == {"price": "lines"}
    assert is_inside(page, "price", "lines")
    page.get_by_test_id("node-price").click()
    page.keyboard.press("Shift+F")
    assert held(server, page, blueprint) == {}
    assert box(page, "price")["y"] > box(page, "lines")["y"] + box(page, "lines")["height"]
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    document = saved(server, page, blueprint)
    assert (document["layout"], "frame" in document["nodes"]["price"]) == (PLACES, False)


def test_a_run_shows_each_iteration(server: Server, page: Page) -> None:
    lines = [{"count": 1}, {}, {"count": 3}]
    open_new(server, page, each_drawing(lines, errors="collect"))
    page.get_by_test_id("run").click()
    frame = page.get_by_test_id("node-lines")
    expect(frame).to_have_attribute("data-status", "succeeded")
    expect(page.get_by_test_id("iterations-lines")).to_have_text("3/3 · 1 failed")
    expect(page.get_by_test_id("node-price")).to_have_attribute("data-status", "failed")
    expect(page.get_by_test_id("node-price")).to_contain_text("×3")

    page.get_by_test_id("node-price").click()
    picker = page.get_by_test_id("iteration-picker")
    # What failed comes first, also where nothing was chosen.
    expect(picker.locator("option")).to_have_text(
        ["item 2 of 3 · failed", "item 1 of 3", "item 3 of 3"]
    )
    expect(picker).to_have_value("lines[1]")
    expect(page.get_by_test_id("step-error")).to_contain_text("Its iteration")
    expect(page.get_by_test_id("why")).to_contain_text("It failed")
    picker.select_option(label="item 1 of 3")
    expect(page.get_by_test_id("step-output")).to_contain_text("2")
    expect(page.get_by_test_id("why")).to_contain_text("It fired because")

    # The frame's own panel chooses too, and the choice stays when going to a node in it.
    frame.locator(".frame-head").click(position={"x": 60, "y": 12})
    expect(picker).to_have_value("lines[0]")
    picker.select_option(label="item 2 of 3 · failed")
    page.get_by_test_id("node-price").click()
    expect(page.get_by_test_id("step-error")).to_be_visible()
    page.get_by_test_id("timeline-lines[2]/price").click()
    expect(picker).to_have_value("lines[2]")

    # Stepping back through the events shows the frame in the middle of its items.
    page.get_by_test_id("event-first").click()
    expect(frame).not_to_have_attribute("data-status", re.compile("."))
    while page.get_by_test_id("iterations-lines").count() == 0:
        page.get_by_test_id("event-after").click()
    expect(page.get_by_test_id("iterations-lines")).to_have_text("1/3")
    expect(frame).to_have_attribute("data-status", "running")

    page.reload()
    expect(page.get_by_test_id("iterations-lines")).to_have_text("3/3 · 1 failed")


def test_the_error_of_a_run_leads_into_the_frame_where_it_began(server: Server, page: Page) -> None:
    open_new(server, page, each_drawing([{"count": 1}, {}, {"count": 3}]))
    page.get_by_test_id("run").click()
    expect(page.get_by_test_id("run-status")).to_have_text("Failed")
    page.get_by_role("button", name="Show step lines[1]/price").click()
    expect(page.get_by_test_id("iteration-picker")).to_have_value("lines[1]")
    expect(page.get_by_test_id("step-error")).to_contain_text("Its iteration")


def test_the_first_nodes_inside_show_what_entered_their_frame(server: Server, page: Page) -> None:
    nodes: dict[str, dict[str, Any]] = {
        "start": {"kind": "trigger.manual"},
        "lines": {"kind": "frame.each", "parameters": {"list": [{"n": 41}]}},
        "safe": {"kind": "frame.try", "frame": "lines"},
        "price": {
            "kind": "data.set",
            "parameters": {"fields": {"sum": "{{ input.n + 1 }}"}},
            "frame": "safe",
        },
        "wait": {"kind": "flow.wait", "parameters": {"seconds": 0}, "settings": {"each": True}},
    }
    edges = [
        "start.out -> lines.in",
        "lines.item -> safe.in",
        "safe.try -> price.in",
        "price.out -> safe.result",
        "safe.out -> lines.result",
        "lines.out -> wait.in",
    ]
    layout = {"start": [0, 0], "lines": [300, 0], "safe": [380, 80], "price": [460, 160]}
    open_new(server, page, drawing(nodes, edges, layout | {"wait": [1300, 0]}))
    page.get_by_test_id("run").click()
    expect(page.get_by_test_id("run-status")).to_have_text("Succeeded")
    page.get_by_test_id("node-price").click()
    page.get_by_test_id("tab-run").click()
    expect(page.get_by_test_id("step-inputs")).to_contain_text("41")
    page.get_by_test_id("timeline-wait").click()
    page.get_by_test_id("step-picker").select_option(label="wait[0] · succeeded")
    expect(page.get_by_test_id("step-inputs")).to_contain_text("42")


def test_a_frame_counts_live_while_its_items_run(server: Server, page: Page) -> None:
    document = each_drawing([{"seconds": 0}, {"seconds": 0}, {"seconds": 600}])
    document["nodes"]["price"] = {
        "kind": "flow.wait",
        "frame": "lines",
        "parameters": {"seconds": "{{ item.seconds }}"},
    }
    open_new(server, page, document)
    page.get_by_test_id("run").click()
    expect(page.get_by_test_id("iterations-lines")).to_have_text("2/3")
    expect(page.get_by_test_id("node-lines")).to_have_attribute("data-status", "running")
    expect(page.get_by_test_id("node-price")).to_have_attribute(
        "data-status", re.compile("running|waiting")
    )
    page.keyboard.press("Control+Alt+Enter")
    expect(page.get_by_test_id("node-lines")).to_have_attribute("data-status", "cancelled")


def test_a_part_is_run_by_the_menu_and_the_panel(server: Server, page: Page) -> None:
    open_new(server, page, each_drawing([{"count": 1}]))
    # A frame runs as a whole, also where a node inside is asked for.
    page.get_by_test_id("node-price").click(button="right")
    page.get_by_test_id("menu-run-to").click()
    expect(page.get_by_test_id("node-lines")).to_have_attribute("data-status", "succeeded")
    expect(page.get_by_test_id("run-status")).to_contain_text("ucceeded")
    expect(page.get_by_test_id("node-end")).not_to_have_attribute("data-status", re.compile("."))
    expect(page.locator(".run-notice")).not_to_contain_text("earlier draft")
    stale = page.locator(".chip.is-stale")
    page.get_by_test_id("node-price").click()
    page.keyboard.press("b")
    expect(stale).to_have_count(2)  # the node, and the frame around it
    page.keyboard.press("Control+z")
    expect(stale).to_have_count(0)
    page.get_by_test_id("crumbs").get_by_role("button", name="For each").click()
    expect(page.get_by_test_id("node-lines")).to_have_class(re.compile("is-selected"))
    page.keyboard.press("1")
    page.get_by_test_id("node-end").click()
    page.get_by_test_id("run-from").click()
    expect(page.get_by_test_id("node-end")).to_have_attribute("data-status", "succeeded")


def test_outputs_are_pinned_and_unpinned(server: Server, page: Page) -> None:
    nodes: dict[str, dict[str, Any]] = {
        "start": {"kind": "trigger.manual"},
        "set": {"kind": "data.set", "parameters": {"fields": {"ok": True}}},
    }
    document = drawing(nodes, ["start.out -> set.in"], {"start": [0, 0], "set": [300, 0]})
    blueprint = open_new(server, page, document)
    page.get_by_test_id("node-set").click()
    expect(page.get_by_test_id("pin")).to_be_disabled()
    page.get_by_test_id("run").click()
    expect(page.get_by_test_id("node-set")).to_have_attribute("data-status", "succeeded")
    page.get_by_test_id("pin").click()
    expect(page.get_by_test_id("node-set")).to_contain_text("pinned")
    assert saved(server, page, blueprint)["nodes"]["set"]["pin"] == {"out": {"ok": True}}
    page.keyboard.press("Control+z")
    expect(page.get_by_test_id("node-set")).not_to_contain_text("pinned")
    page.keyboard.press("Control+Shift+z")
    page.get_by_test_id("unpin").click()
    assert "pin" not in saved(server, page, blueprint)["nodes"]["set"]
