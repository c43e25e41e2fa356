"""What a drag on the canvas does: it moves the view, draws a box that selects, or cuts edges."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.canvas import (
    at_rest,
    can_draw,
    centre,
    chain,
    drag,
    drawing,
    edges,
    open_new,
    port,
    saved,
)
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]


def on_paper() -> dict[str, Any]:
    """Return a chain that lies on a large note, and a small note below it."""
    paper = {"id": "paper", "text": "Prices", "x": -40, "y": -100, "width": 900, "height": 260}
    small = {"id": "small", "text": "Why", "x": 300, "y": 200, "width": 120, "height": 60}
    return chain() | {"notes": [paper, small]}


def framed() -> dict[str, Any]:
    """Return a frame with two nodes that are joined inside it."""
    return drawing(
        {
            "start": {"kind": "trigger.manual"},
            "group": {"kind": "frame.group"},
            "one": {"kind": "data.set", "frame": "group"},
            "two": {"kind": "data.set", "frame": "group"},
        },
        ["start.out -> group.in", "group.start -> one.in", "one.out -> two.in"],
        {"start": [0, 0], "group": [300, 0], "one": [420, 80], "two": [740, 80]},
    )


def chosen(page: Page) -> list[str]:
    """The nodes and notes that are selected."""
    found = page.locator(".react-flow__node.selected")
    return sorted(found.evaluate_all("all => all.map(it => it.dataset.id)"))


def chosen_edges(page: Page) -> list[str]:
    found = page.locator(".react-flow__edge.selected")
    return sorted(found.evaluate_all("all => all.map(it => it.dataset.id)"))


def profile(page: Page, name: str) -> None:
    page.keyboard.press("?")
    page.get_by_test_id("key-profile").select_option(name)
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("help")).to_be_hidden()


def held(page: Page, key: str, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.keyboard.down(key)
    drag(page, start, end)
    page.keyboard.up(key)


@pytest.mark.parametrize("document", [on_paper(), framed()], ids=["note", "frame"])
def test_a_stroke_with_alt_cuts_also_where_it_begins_on_a_note_or_in_a_frame(
    server: Server, page: Page, document: dict[str, Any]
) -> None:
    blueprint = open_new(server, page, document)
    can_draw(page)
    before = saved(server, page, blueprint)
    source, target = ("one", "two") if "one" in document["nodes"] else ("start", "set")
    out, entry = port(page, source, "out", "out"), port(page, target, "in", "in")
    middle = (out[0] + entry[0]) / 2
    held(page, "Alt", (middle, out[1] - 20), (middle + 4, out[1] + 40))
    expect(page.get_by_text("1 edge was cut")).to_be_visible()
    after = saved(server, page, blueprint)
    assert set(before["edges"]) - set(after["edges"]) == {f"{source}.out -> {target}.in"}
    assert after.get("notes") == before.get("notes")
    assert after["nodes"] == before["nodes"]


def test_a_box_selects_nodes_and_the_edges_between_them(server: Server, page: Page) -> None:
    open_new(server, page, on_paper())
    can_draw(page)
    left, right = centre(page, '[data-testid="node-set"]'), centre(page, '[data-testid="node-end"]')
    # It begins on the note, which holds more than the box does.
    held(page, "Shift", (left[0] - 60, left[1] - 50), (right[0], right[1] + 50))
    assert chosen(page) == ["end", "set"]
    assert chosen_edges(page) == ["set.out -> end.in"]
    # One that is put back leaves what was selected before.
    page.keyboard.down("Shift")
    page.mouse.move(left[0] - 300, left[1] - 60)
    page.mouse.down()
    page.mouse.move(left[0] - 200, left[1] + 60, steps=6)
    assert chosen(page) == ["start"]
    page.keyboard.press("Escape")
    page.mouse.up()
    page.keyboard.up("Shift")
    assert chosen(page) == ["end", "set"]
    # With Ctrl, what it holds comes to the rest.
    start = centre(page, '[data-testid="node-start"]')
    x, y = centre(page, ".react-flow__pane")
    held(page, "Control", (start[0] - 40, start[1] + 150), start)
    assert chosen(page) == ["end", "set", "start"]
    assert len(chosen_edges(page)) == 2
    # A note that nothing lies on is caught like a node, and the one below by all of it.
    page.mouse.click(x, y + 190)
    assert chosen(page) == []
    small = centre(page, '[data-testid="note-small"]')
    held(page, "Shift", (small[0] - 100, small[1] + 60), (small[0], small[1]))
    assert chosen(page) == ["small"]
    page.get_by_role("button", name="Zoom out").click()
    at_rest(page)
    paper = page.get_by_test_id("note-paper").bounding_box()
    assert paper
    corner = (paper["x"] + paper["width"] + 5, paper["y"] + paper["height"] + 5)
    held(page, "Shift", (paper["x"] - 5, paper["y"] - 5), corner)
    assert chosen(page) == ["end", "paper", "set", "start"]


def test_a_box_within_a_frame_selects_what_is_inside_and_not_the_frame(
    server: Server, page: Page
) -> None:
    open_new(server, page, framed())
    can_draw(page)
    one, two = centre(page, '[data-testid="node-one"]'), centre(page, '[data-testid="node-two"]')
    held(page, "Shift", (one[0] - 30, one[1] - 40), (two[0], two[1] + 40))
    assert chosen(page) == ["one", "two"]
    assert chosen_edges(page) == ["one.out -> two.in"]


def test_a_profile_says_whether_a_drag_draws_a_box_and_other_buttons_move_the_view(
    server: Server, page: Page, tmp_path: Path
) -> None:
    open_new(server, page, chain())
    can_draw(page)
    page.locator(".react-flow__pane").click(position={"x": 8, "y": 8})
    profile(page, "unreal")
    node = page.get_by_test_id("node-set")
    left, right = centre(page, '[data-testid="node-set"]'), centre(page, '[data-testid="node-end"]')
    still = at_rest(page)
    drag(page, (left[0] - 60, left[1] - 70), (right[0], right[1] + 40))
    assert chosen(page) == ["end", "set"]
    assert chosen_edges(page) == ["set.out -> end.in"]
    assert at_rest(page) == still
    start = centre(page, '[data-testid="node-start"]')
    held(page, "Shift", (start[0] - 50, start[1] - 70), start)
    assert chosen(page) == ["end", "set", "start"]
    # A press that stays where it is remains one: it selects nothing, and two of them add a node.
    empty = (left[0], left[1] - 90)
    page.mouse.click(*empty)
    assert chosen(page) == []
    page.mouse.dblclick(*empty)
    expect(page.get_by_test_id("quick-add-list")).to_be_visible()
    page.keyboard.press("Escape")
    # An edge is pressed as before; a drag that begins on it draws.
    between = ((left[0] + right[0]) / 2, left[1])
    page.mouse.click(*between)
    assert chosen_edges(page) == ["set.out -> end.in"]
    drag(page, between, (between[0] - 60, between[1] - 70))
    assert chosen(page) == ["set"]

    # The other buttons, and the space bar, move the view; a press of the right one asks.
    buttons: tuple[Literal["right", "middle"], ...] = ("right", "middle")
    for button in buttons:
        before = node.bounding_box()
        assert before
        page.mouse.move(*empty)
        page.mouse.down(button=button)
        page.mouse.move(empty[0] + 40, empty[1] - 20, steps=6)
        page.mouse.up(button=button)
        at_rest(page)
        after = node.bounding_box()
        assert after
        assert (after["x"] - before["x"], after["y"] - before["y"]) == pytest.approx(
            (40, -20), abs=2
        )
        expect(page.get_by_test_id("context-menu")).to_have_count(0)
    still = at_rest(page)
    held(page, "Space", empty, (empty[0] + 40, empty[1] - 20))
    assert at_rest(page) != still
    assert chosen(page) == ["set"]
    # So they do where they begin on a node, of which the right one, pressed, asks as well.
    for button in ("right", "middle"):
        still = at_rest(page)
        x, y = centre(page, '[data-testid="node-set"]')
        page.mouse.move(x, y)
        page.mouse.down(button=button)
        page.mouse.move(x - 30, y + 25, steps=6)
        page.mouse.up(button=button)
        assert at_rest(page) != still
        expect(page.get_by_test_id("context-menu")).to_have_count(0)
    for place in (empty, centre(page, '[data-testid="node-set"]')):
        page.mouse.click(*place, button="right")
        expect(page.get_by_test_id("context-menu")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_test_id("context-menu")).to_have_count(0)

    # It is a setting of its own, which travels with the keys.
    page.keyboard.press("?")
    setting = page.get_by_test_id("drag")
    expect(setting).to_have_value("box")
    setting.select_option("view")
    with page.expect_download() as got:
        page.get_by_test_id("export-keys").click()
    keymap = json.loads(Path(got.value.path()).read_text())
    assert keymap == {
        "format": "conductor-keys/1",
        "profile": "unreal",
        "own": {},
        "drag": "view",
    }
    page.get_by_test_id("reset-keys").click()
    expect(setting).to_have_value("box")
    file = tmp_path / "keys.json"
    file.write_text(json.dumps({**keymap, "profile": "conductor", "drag": "box"}))
    page.get_by_test_id("import-keys").set_input_files(file)
    expect(page.get_by_test_id("key-profile")).to_have_value("conductor")
    expect(setting).to_have_value("box")
    page.reload()
    page.wait_for_selector(".react-flow__pane")
    page.keyboard.press("?")
    expect(setting).to_have_value("box")
    page.get_by_test_id("key-profile").select_option("comfyui")
    expect(setting).to_have_value("view")
    page.keyboard.press("Escape")
    still = at_rest(page)
    x, y = centre(page, ".react-flow__pane")
    drag(page, (x, y + 150), (x + 60, y + 100))
    assert at_rest(page) != still
    assert chosen(page) == []


def test_in_a_narrow_gap_the_edge_is_pressed_and_the_ports_beside_it(
    server: Server, page: Page
) -> None:
    document = chain()
    document["layout"] = {"start": [0, 0], "set": [240, 0], "end": [480, 0]}
    blueprint = open_new(server, page, document)
    out, entry = port(page, "start", "out", "out"), port(page, "set", "in", "in")
    page.mouse.click((out[0] + entry[0]) / 2, out[1])
    expect(page.get_by_test_id("selection")).to_contain_text("1 edge")
    assert chosen_edges(page) == ["start.out -> set.in"]
    page.keyboard.press("Delete")
    assert saved(server, page, blueprint)["edges"] == ["set.out -> end.in"]
    page.keyboard.press("Control+z")
    expect(edges(page)).to_have_count(2)
    drag(page, out, port(page, "end", "in", "in"))
    assert "start.out -> end.in" in saved(server, page, blueprint)["edges"]


def test_what_is_pinned_and_how_often_a_node_ran_is_told_also_from_afar(
    server: Server, page: Page
) -> None:
    document = drawing(
        {
            "start": {"kind": "trigger.manual"},
            "each": {"kind": "frame.each", "parameters": {"list": list(range(120))}},
            "one": {"kind": "log.message", "frame": "each", "parameters": {"message": "m"}},
            "two": {"kind": "log.message", "frame": "each", "parameters": {"message": "m"}},
            "end": {"kind": "data.set", "pin": {"out": {"a": 1}}},
        },
        [
            "start.out -> each.in",
            "each.item -> one.in",
            "one.out -> two.in",
            "two.out -> each.result",
            "each.out -> end.in",
        ],
        {"start": [0, 0], "each": [280, 0], "one": [400, 80], "two": [640, 80], "end": [1060, 0]},
    )
    open_new(server, page, document)
    page.keyboard.press("Control+j")
    page.get_by_test_id("run").click()
    expect(page.get_by_test_id("run-status")).to_have_text("Succeeded")
    chip = page.get_by_test_id("node-one").locator(".chip")
    expect(chip).to_contain_text("×120")
    # Whatever stands over the number of an edge is part of it.
    uncovered = """it => {
        const { left, right, top, bottom } = it.getBoundingClientRect();
        return [left + 1, right - 1].every(x => {
            const there = document.elementsFromPoint(x, (top + bottom) / 2);
            const cards = there.filter(one => one.closest(".card"));
            const layer = one => Number(getComputedStyle(one).zIndex) || 0;
            const own = layer(it.closest("svg"));
            return cards.every(card => layer(card.closest(".react-flow__node")) < own);
        });
    }"""
    assert page.get_by_test_id("edge-one.out -> two.in").locator(".edge-count").evaluate(uncovered)
    zoom_out = page.get_by_role("button", name="Zoom out")
    while not page.locator("[data-distance=farther]").count():
        zoom_out.click()
        at_rest(page)
    expect(page.get_by_test_id("node-end").locator(".is-pin")).to_be_visible()
    size = chip.evaluate("it => parseFloat(getComputedStyle(it).fontSize)")
    shown = page.locator(".react-flow__viewport")
    zoom = shown.evaluate("it => new DOMMatrix(getComputedStyle(it).transform).a")
    assert size * zoom > 6


def test_what_moves_together_is_moved_and_not_drawn_anew(server: Server, page: Page) -> None:
    open_new(server, page, on_paper())
    edge = page.get_by_test_id("edge-set.out -> end.in")
    curve = edge.locator("path").first.get_attribute("d")
    page.evaluate(
        """() => {
            window.begun = 0;
            addEventListener("transitionrun", it => {
                if (it.target.matches(".react-flow__node, .react-flow__edge *")) window.begun += 1;
            }, true);
        }"""
    )
    paper = page.get_by_test_id("note-paper").bounding_box()
    assert paper
    start = paper["x"] + 30, paper["y"] + paper["height"] - 12
    drag(page, start, (start[0] + 60, start[1] + 80))
    # Where less motion is wished for, as here, nothing may be animated, however shortly.
    assert page.evaluate("window.begun") == 0
    assert edge.locator("path").first.get_attribute("d") == curve

    def ends_at_its_ports() -> None:
        box = edge.locator("path").first.bounding_box()
        (left, top), (right, _) = port(page, "set", "out", "out"), port(page, "end", "in", "in")
        assert box
        assert box["x"] == pytest.approx(left, abs=10)
        assert box["x"] + box["width"] == pytest.approx(right, abs=10)
        assert box["y"] == pytest.approx(top, abs=10)

    ends_at_its_ports()
    # One end alone draws the curve anew, from where both are now.
    end = centre(page, '[data-testid="node-end"]')
    drag(page, end, (end[0] + 40, end[1]))
    assert edge.locator("path").first.get_attribute("d") != curve
    ends_at_its_ports()
