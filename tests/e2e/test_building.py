"""Building as a whole: closing gaps, cutting, swapping, aligning; each is undone in one step."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.canvas import centre, chain, drag, drawing, edges, nodes, open_new, port, saved
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]

START: dict[str, Any] = {"kind": "trigger.manual"}


def command(page: Page, words: str) -> None:
    """Do what the command palette finds first for these words."""
    page.keyboard.press("Control+k")
    page.get_by_role("textbox", name="Find an action").fill(words)
    page.keyboard.press("Enter")


def test_deleting_with_ctrl_closes_the_gap_in_one_step(server: Server, page: Page) -> None:
    blueprint = open_new(server, page, chain())
    before = saved(server, page, blueprint)
    page.get_by_test_id("node-set").click()
    page.keyboard.press("Control+Delete")
    expect(nodes(page)).to_have_count(2)
    assert saved(server, page, blueprint)["edges"] == ["start.out -> end.in"]
    page.keyboard.press("Control+z")
    assert saved(server, page, blueprint) == before

    page.get_by_test_id("node-set").click(button="right")
    page.get_by_test_id("menu-delete-heal").click()
    assert saved(server, page, blueprint)["edges"] == ["start.out -> end.in"]


def test_a_gap_that_cannot_be_closed_is_told(server: Server, page: Page) -> None:
    document = drawing(
        {
            "start": START,
            "text": {"kind": "text.template", "parameters": {"template": "1"}},
            "parse": {"kind": "data.set", "parameters": {"fields": {}}},
            "table": {"kind": "csv.write"},
        },
        ["start.out -> text.in", "text.out -> parse.in", "parse.out -> table.in"],
        {"start": [0, 0], "text": [280, 0], "parse": [560, 0], "table": [840, 0]},
    )
    blueprint = open_new(server, page, document)
    page.get_by_test_id("node-parse").click()
    page.keyboard.press("Control+Backspace")
    expect(page.get_by_text("1 gap stays open: its ports do not agree")).to_be_visible()
    assert saved(server, page, blueprint)["edges"] == ["start.out -> text.in"]


def test_a_node_is_detached_and_stays_selected(server: Server, page: Page) -> None:
    blueprint = open_new(server, page, chain())
    before = saved(server, page, blueprint)
    page.get_by_test_id("node-set").click()
    page.keyboard.press("x")
    document = saved(server, page, blueprint)
    assert document["edges"] == ["start.out -> end.in"]
    assert document["layout"]["set"] == [300, 100]
    page.keyboard.press("x")  # there is nothing more to take it out of
    page.keyboard.press("d")
    assert saved(server, page, blueprint)["nodes"]["set"]["settings"] == {"disabled": True}
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    assert saved(server, page, blueprint) == before

    command(page, "break its edges")
    expect(edges(page)).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(edges(page)).to_have_count(2)


def stroke(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Draw a line over the canvas with Alt held down."""
    page.keyboard.down("Alt")
    drag(page, start, end)
    page.keyboard.up("Alt")


def test_a_stroke_cuts_every_edge_that_it_crosses_in_one_step(server: Server, page: Page) -> None:
    document = chain()
    document["nodes"]["other"] = {"kind": "data.set", "parameters": {"fields": {}}}
    document["edges"] += ["start.out -> other.in"]
    document["layout"]["other"] = [300, 120]
    blueprint = open_new(server, page, document)
    before = saved(server, page, blueprint)
    view = page.locator(".react-flow__viewport").get_attribute("style")
    out, entry = port(page, "start", "out", "out"), port(page, "set", "in", "in")
    middle = (out[0] + entry[0]) / 2
    page.keyboard.down("Alt")
    page.mouse.move(middle, out[1] - 60)
    page.mouse.down()
    page.mouse.move(middle, out[1] + 90, steps=8)
    expect(page.get_by_test_id("stroke")).to_be_visible()
    expect(page.get_by_test_id("edge-start.out -> set.in")).to_have_class(re.compile("is-cut"))
    page.keyboard.press("Escape")
    page.mouse.up()
    page.keyboard.up("Alt")
    expect(page.get_by_test_id("stroke")).to_have_count(0)
    expect(edges(page)).to_have_count(3)

    stroke(page, (middle, out[1] - 60), (middle, out[1] + 110))
    expect(edges(page)).to_have_count(1)
    expect(page.get_by_text("2 edges were cut")).to_be_visible()
    # The canvas stayed where it was: the drag was the stroke's alone.
    assert page.locator(".react-flow__viewport").get_attribute("style") == view
    page.keyboard.press("Control+z")
    assert saved(server, page, blueprint) == before


def test_alt_and_a_press_free_a_port(server: Server, page: Page) -> None:
    document = chain()
    document["edges"] += ["start.out -> end.in"]
    blueprint = open_new(server, page, document)
    saved(server, page, blueprint)
    page.mouse.move(*port(page, "end", "in", "in"))
    page.keyboard.down("Alt")
    page.mouse.down()
    page.mouse.up()
    page.keyboard.up("Alt")
    assert saved(server, page, blueprint)["edges"] == ["start.out -> set.in"]
    page.keyboard.press("Control+z")
    expect(edges(page)).to_have_count(3)


def test_ctrl_and_a_drag_give_the_edges_of_a_port_to_another(server: Server, page: Page) -> None:
    document = chain()
    document["nodes"]["more"] = {"kind": "log.message"}
    document["nodes"]["other"] = {"kind": "data.set"}
    document["layout"] |= {"more": [600, 140], "other": [300, 140]}
    document["edges"] += ["set.out -> more.in"]
    blueprint = open_new(server, page, document)
    before = saved(server, page, blueprint)["edges"]
    # Without the key it is no edge, and the reason says what the key would do.
    drag(page, port(page, "set", "out", "out"), port(page, "other", "out", "out"))
    expect(page.get_by_test_id("message")).to_contain_text("with Ctrl held")
    assert saved(server, page, blueprint)["edges"] == before

    page.keyboard.down("Control")
    drag(page, port(page, "set", "out", "out"), port(page, "other", "out", "out"))
    page.keyboard.up("Control")
    expect(page.get_by_test_id("message")).to_have_text("2 edges were moved")
    moved = ["start.out -> set.in", "other.out -> end.in", "other.out -> more.in"]
    assert saved(server, page, blueprint)["edges"] == moved
    page.keyboard.press("Control+z")
    assert saved(server, page, blueprint)["edges"] == before

    # Where one of them may not go, none goes: a node does not lead to itself.
    page.keyboard.down("Control")
    drag(page, port(page, "end", "in", "in"), port(page, "set", "in", "in"))
    page.keyboard.up("Control")
    assert saved(server, page, blueprint)["edges"] == before


def test_a_node_gets_another_kind_and_keeps_what_fits(server: Server, page: Page) -> None:
    document = chain()
    document["nodes"]["set"] |= {"title": "Check", "settings": {"timeout": 30}}
    document["nodes"]["other"] = {"kind": "data.set", "parameters": {"fields": {}}}
    document["edges"] += ["set.out -> other.in"]
    document["layout"]["other"] = [600, 120]
    blueprint = open_new(server, page, document)
    before = saved(server, page, blueprint)
    page.get_by_test_id("node-set").click()
    page.keyboard.press("s")
    search = page.get_by_test_id("quick-add-search")
    expect(page.get_by_test_id("quick-data.set")).to_have_count(0)
    expect(page.get_by_test_id("quick-frame.each")).to_have_count(0)
    search.fill("if")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 parameter went away with the old kind")).to_be_visible()
    after = saved(server, page, blueprint)
    assert after["nodes"]["set"] == {
        "kind": "flow.if",
        "title": "Check",
        "settings": {"timeout": 30},
    }
    assert after["edges"] == [
        "start.out -> set.in",
        "set.true -> end.in",
        "set.true -> other.in",
    ]
    assert after["layout"] == before["layout"]
    page.keyboard.press("Control+z")
    assert saved(server, page, blueprint) == before

    page.get_by_test_id("node-end").click(button="right")
    page.get_by_test_id("menu-swap").click()
    search.fill("manual start")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 edge and 1 parameter went away")).to_be_visible()
    expect(edges(page)).to_have_count(2)


def branches() -> dict[str, Any]:
    """Return a start that leads to three nodes, the last of which leads on, all out of line."""
    plain = {"kind": "data.set", "parameters": {"fields": {}}}
    return drawing(
        {"start": START, **dict.fromkeys(("one", "two", "three", "last", "lone"), plain)},
        [
            "start.out -> one.in",
            "start.out -> two.in",
            "start.out -> three.in",
            "three.out -> last.in",
        ],
        {
            "start": [0, 40],
            "one": [300, 0],
            "two": [320, 90],
            "three": [340, 320],
            "last": [640, 240],
            "lone": [0, 240],
        },
    )


def choose(page: Page, *names: str) -> None:
    """Select these nodes by the mouse, and no others."""
    page.keyboard.press("Escape")
    for name in names:
        page.get_by_test_id(f"node-{name}").click(modifiers=["Control"])


def places(server: Server, page: Page, blueprint: str, *names: str) -> list[list[int]]:
    """Save, and return where these nodes stand."""
    layout = saved(server, page, blueprint)["layout"]
    return [layout[name] for name in names]


def test_what_is_selected_grows_along_the_edges(server: Server, page: Page) -> None:
    open_new(server, page, branches())
    chosen = page.locator(".card.is-selected")
    choose(page, "three")
    page.keyboard.press("Control+ArrowRight")
    expect(chosen).to_have_count(2)
    choose(page, "last")
    page.keyboard.press("Control+ArrowLeft")
    expect(chosen).to_have_count(3)
    choose(page, "one")
    command(page, "select connected")
    expect(chosen).to_have_count(5)
    expect(page.get_by_test_id("node-lone")).not_to_have_class(re.compile("is-selected"))


def test_what_is_selected_is_put_in_line_each_time_in_one_step(server: Server, page: Page) -> None:
    blueprint = open_new(server, page, branches())
    three = ("one", "two", "three")
    before = places(server, page, blueprint, *three)
    choose(page, *three)
    page.keyboard.press("Shift+A")
    assert places(server, page, blueprint, *three) == [[300, 0], [300, 90], [300, 320]]
    page.get_by_test_id("tool-distribute-down").click()
    assert places(server, page, blueprint, *three) == [[300, 0], [300, 160], [300, 320]]
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    assert places(server, page, blueprint, *three) == before

    choose(page, "three", "last")
    page.keyboard.press("q")
    assert places(server, page, blueprint, "three", "last") == [[340, 320], [640, 320]]
    # Only what is selected is tidied, and its first node stays.
    choose(page, "start", "one", "two")
    two = page.locator('.react-flow__node[data-id="two"]')
    stood = str(two.get_attribute("style"))
    page.keyboard.press("Shift+Alt+T")
    expect(two).not_to_have_attribute("style", stood)  # it is worked out beside the page
    assert places(server, page, blueprint, "three", "lone") == [[340, 320], [0, 240]]
    assert places(server, page, blueprint, "one", "two") != before[:2]


def test_a_lasso_selects_what_it_goes_around(server: Server, page: Page) -> None:
    """It is asked for before all of the page is loaded, and waits for what draws it."""
    held: list[Route] = []
    page.route("**/Strokes.js", lambda route: held.append(route))
    open_new(server, page, branches())
    chosen = page.locator(".card.is-selected")
    one, two = (centre(page, f'[data-testid="node-{name}"]') for name in ("one", "two"))
    around = [
        (one[0] - 110, one[1] - 40),
        (one[0] + 120, one[1] - 40),
        (one[0] + 120, two[1] + 40),
        (one[0] - 110, two[1] + 40),
    ]

    def draw() -> None:
        page.mouse.move(*around[0])
        page.mouse.down()
        for x, y in around[1:]:
            page.mouse.move(x, y, steps=6)
        page.mouse.up()

    page.keyboard.press("Shift+L")
    told = page.get_by_text("Draw around what you want to select")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("textbox", name="Find an action")).to_be_visible()
    page.keyboard.press("Escape")
    expect(told).to_have_count(0)
    held[0].continue_()
    expect(told).to_be_visible()
    draw()
    expect(chosen).to_have_count(2)
    page.keyboard.press("Escape")
    expect(chosen).to_have_count(0)
    page.keyboard.down("Shift")
    page.keyboard.down("Alt")
    draw()
    page.keyboard.up("Alt")
    page.keyboard.up("Shift")
    expect(chosen).to_have_count(2)
    expect(page.get_by_test_id("stroke")).to_have_count(0)
    expect(edges(page)).to_have_count(4)


def test_a_drag_with_alt_puts_a_copy_where_it_ends(server: Server, page: Page) -> None:
    blueprint = open_new(server, page, chain())
    before = saved(server, page, blueprint)
    x, y = centre(page, '[data-testid="node-set"]')
    stroke(page, (x, y), (x, y + 100))
    expect(nodes(page)).to_have_count(4)
    document = saved(server, page, blueprint)
    assert document["nodes"]["set_2"] == before["nodes"]["set"]
    assert document["layout"]["set"] == before["layout"]["set"]
    assert document["layout"]["set_2"][1] > before["layout"]["set"][1]
    assert document["edges"] == before["edges"]
    page.keyboard.press("Control+z")
    assert saved(server, page, blueprint) == before


def test_a_node_is_bypassed_or_off_but_not_both_and_looks_so(server: Server, page: Page) -> None:
    blueprint = open_new(server, page, chain())
    node = page.get_by_test_id("node-set")
    node.click()
    page.keyboard.press("b")
    expect(node).to_have_class(re.compile("is-bypassed"))
    expect(node).to_contain_text("bypass")
    assert saved(server, page, blueprint)["nodes"]["set"]["settings"] == {"bypass": True}
    page.keyboard.press("d")
    expect(node).to_have_class(re.compile("is-disabled"))
    expect(node).not_to_have_class(re.compile("is-bypassed"))
    assert saved(server, page, blueprint)["nodes"]["set"]["settings"] == {"disabled": True}
    page.keyboard.press("Control+z")
    assert saved(server, page, blueprint)["nodes"]["set"]["settings"] == {"bypass": True}

    page.get_by_test_id("run").click()
    expect(page.get_by_test_id("node-end")).to_have_attribute("data-status", "succeeded")
    expect(page.get_by_test_id("why")).to_contain_text("the node is bypassed")
    page.get_by_test_id("node-start").click()
    page.keyboard.press("b")
    assert "settings" not in saved(server, page, blueprint)["nodes"]["start"]
