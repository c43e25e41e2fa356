"""Expressions in fields: what is offered while they are written, and what they give."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.canvas import drawing, open_new, saved
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]


def order() -> dict[str, Any]:
    """Return a blueprint that makes an order and says something of it."""
    fields = {"total": 42, "the place": "Ulm", "lines": [{"sku": "a-1", "net": 12.5}]}
    return drawing(
        {
            "start": {"kind": "trigger.manual"},
            "order": {"kind": "data.set", "parameters": {"fields": fields, "keep": False}},
            "say": {"kind": "log.message", "parameters": {"message": "Total: "}},
            "check": {"kind": "flow.if", "parameters": {"condition": "{{ true }}"}},
        },
        ["start.out -> order.in", "order.out -> say.in", "say.out -> check.in"],
        {"start": [0, 0], "order": [260, 0], "say": [520, 0], "check": [780, 0]},
    )


def run(page: Page) -> None:
    page.get_by_test_id("run").click()
    expect(page.get_by_test_id("run-status")).to_have_text("Succeeded")


def field(page: Page, node: str, name: str) -> Locator:
    """Open the parameters of a node, and return the text field of one."""
    page.get_by_test_id(f"node-{node}").click()
    page.get_by_test_id("tab-parameters").click()
    return page.get_by_test_id(f"field-{name}").locator("textarea, input").first


def offered(page: Page) -> Locator:
    return page.get_by_role("listbox", name="Suggestions").get_by_role("option")


def test_the_keys_of_real_values_are_offered_and_taken_by_keys_alone(
    server: Server, page: Page
) -> None:
    blueprint = open_new(server, page, order())
    run(page)
    text = field(page, "say", "message")
    text.focus()
    page.keyboard.press("End")
    page.keyboard.type("{{ inp")
    expect(offered(page).first).to_contain_text("input")
    expect(offered(page).first).to_contain_text("{ total, the place, lines }")
    page.keyboard.press("Enter")
    page.keyboard.type(".")
    expect(offered(page)).to_have_count(7)
    expect(offered(page).nth(0)).to_have_text("total42number")
    expect(offered(page).nth(1)).to_have_text('the place"Ulm"text')
    expect(text).to_have_attribute(
        "aria-activedescendant", offered(page).nth(0).get_attribute("id") or ""
    )
    page.keyboard.press("ArrowDown")
    expect(offered(page).nth(1)).to_have_attribute("aria-selected", "true")
    # A key that is no name is written in brackets.
    page.keyboard.press("Tab")
    expect(text).to_have_value('Total: {{ input["the place"]')
    expect(offered(page)).to_have_count(0)
    page.keyboard.type(".upp")
    expect(offered(page)).to_have_text(["upper()large lettersƒ"])
    page.keyboard.press("Enter")
    page.keyboard.type(" }}")
    expect(page.get_by_test_id("preview")).to_contain_text("Total: ULM")
    expect(page.get_by_test_id("preview")).to_contain_text("Run of ")
    document = saved(server, page, blueprint)
    assert document["nodes"]["say"]["parameters"]["message"] == (
        'Total: {{ input["the place"].upper() }}'
    )


def test_a_text_becomes_an_expression_while_it_is_typed(server: Server, page: Page) -> None:
    document = order()
    document["nodes"]["end"] = {"kind": "flow.output"}
    document["edges"].append("order.out -> end.in")
    document["layout"]["end"] = [520, 160]
    open_new(server, page, document)
    run(page)
    field(page, "end", "name").focus()
    page.keyboard.type("n{{ input.tot")
    expect(offered(page)).to_have_text(["total42number"])
    page.keyboard.press("Enter")
    page.keyboard.type(" }}")
    text = page.get_by_test_id("field-name").locator("textarea")
    expect(text).to_have_value("n{{ input.total }}")
    expect(page.get_by_test_id("preview")).to_contain_text("n42")


def test_the_list_is_closed_by_escape_opened_by_keys_and_taken_by_the_mouse(
    server: Server, page: Page
) -> None:
    open_new(server, page, order())
    run(page)
    text = field(page, "check", "condition")
    text.fill('{{ nodes["or')
    expect(offered(page)).to_have_text(["order{ total, the place, lines }object"])
    page.keyboard.press("Escape")
    expect(offered(page)).to_have_count(0)
    page.keyboard.press("Control+Space")
    offered(page).first.click()
    expect(text).to_have_value('{{ nodes["order"]')
    expect(text).to_be_focused()
    page.keyboard.type(".lines[0].")
    expect(offered(page).nth(0)).to_have_text('sku"a-1"text')
    page.keyboard.press("Control+z")
    expect(text).not_to_have_value('{{ nodes["order"].lines[0].')


def test_an_error_is_told_with_its_place_and_without_data_a_run_is_one_press_away(
    server: Server, page: Page
) -> None:
    open_new(server, page, order())
    text = field(page, "say", "message")
    text.fill("{{ input.total * 2 }}")
    preview = page.get_by_test_id("preview")
    expect(preview).to_contain_text("No data yet for input.")
    preview.get_by_test_id("preview-run").click()
    expect(preview).to_contain_text("84")
    expect(preview).to_contain_text("number")
    # The fields stay in view, though a run is shown now.
    expect(page.get_by_test_id("tab-parameters")).to_have_attribute("aria-selected", "true")
    text.fill("{{ input.totl }}")
    expect(preview).to_contain_text("did you mean 'total'")
    expect(preview).to_contain_text("Column 7.")


def test_what_was_found_in_another_text_is_not_said_of_this_one(server: Server, page: Page) -> None:
    blueprint = open_new(server, page, order())
    run(page)
    text = field(page, "say", "message")
    text.fill("{{ input.totl }}")
    error = page.get_by_test_id("field-message").locator(".field-error")
    preview = page.get_by_test_id("preview")
    expect(error).to_contain_text("input has no field 'totl'")
    expect(preview).to_have_attribute("data-state", "error")
    # The server is slow from here on: it says no more of the draft, nor of the value.
    page.route(f"**/api/blueprints/{blueprint}/", lambda _: None)
    page.route("**/evaluate/", lambda _: None)
    text.fill("{{ input.total }}")
    expect(error).to_have_count(0)
    expect(preview).to_have_attribute("aria-busy", "true")
    page.unroute_all()
    text.fill("{{ input.total * 2 }}")
    expect(preview).to_contain_text("84")
    expect(preview).to_have_attribute("aria-busy", "false")


def test_an_error_is_said_once_where_the_value_tells_it(server: Server, page: Page) -> None:
    open_new(server, page, order())
    run(page)
    text = field(page, "say", "message")
    text.fill("{{ input.total + }}")
    error = page.get_by_test_id("field-message").locator(".field-error")
    expect(error).to_have_count(1)
    expect(page.get_by_test_id("preview")).to_contain_text("This is no expression")
    expect(error).to_be_hidden()
    # With another field in use there is no value beneath this one.
    page.get_by_label("Level", exact=True).focus()
    expect(error).to_be_visible()
    red = error.evaluate("it => getComputedStyle(it).color")
    expect(text).to_have_css("border-color", red)


def test_before_any_run_the_fields_that_are_known_are_offered(server: Server, page: Page) -> None:
    open_new(server, page, order())
    field(page, "say", "message").fill("{{ input.")
    expect(offered(page).nth(0)).to_contain_text("total")
    expect(offered(page).nth(0)).to_have_attribute("title", "No run has given this yet")


def test_a_field_that_is_renamed_upstream_marks_who_reads_it(server: Server, page: Page) -> None:
    document = order()
    document["nodes"]["say"]["parameters"]["message"] = "{{ input.total }}"
    blueprint = open_new(server, page, document)
    page.get_by_test_id("node-order").click()
    name = page.get_by_label("Fields: name 1")
    name.fill("totals")
    page.keyboard.press("Control+s")
    page.get_by_test_id("node-say").click()
    error = page.get_by_test_id("field-message").locator(".field-error")
    expect(error).to_contain_text("input has no field 'total' (it has totals, the place, lines).")
    error.get_by_role("button", name="Use input.totals").click()
    expect(error).to_have_count(0)
    assert saved(server, page, blueprint)["nodes"]["say"]["parameters"]["message"] == (
        "{{ input.totals }}"
    )


def test_in_a_frame_the_value_is_that_of_the_iteration_shown(server: Server, page: Page) -> None:
    document = drawing(
        {
            "start": {"kind": "trigger.manual"},
            "make": {"kind": "data.set", "parameters": {"fields": {"l": [5, 6]}, "keep": False}},
            "loop": {"kind": "frame.each", "parameters": {"list": "{{ input.l }}"}},
            "say": {
                "kind": "log.message",
                "frame": "loop",
                "parameters": {"message": "{{ item * 100 }}"},
            },
        },
        [
            "start.out -> make.in",
            "make.out -> loop.in",
            "loop.item -> say.in",
            "say.out -> loop.result",
        ],
        {"start": [0, 0], "make": [260, 0], "loop": [520, 0], "say": [600, 80]},
    )
    open_new(server, page, document)
    run(page)
    page.get_by_test_id("node-say").click()
    page.get_by_test_id("iteration-picker").select_option("loop[0]")
    field(page, "say", "message").focus()
    preview = page.get_by_test_id("preview")
    expect(preview).to_contain_text("500")
    expect(preview).to_contain_text("item 1")


def test_who_writes_plain_text_over_an_expression_goes_on_in_the_same_field(
    server: Server, page: Page
) -> None:
    document = order()
    document["nodes"]["call"] = {
        "kind": "http.request",
        "parameters": {
            "url": "http://shop.example/{{ input.total }}",
            "headers": {"X-Total": "{{ input.total }}"},
            "timeout": "{{ input.total }}",
        },
    }
    document["edges"].append("order.out -> call.in")
    document["layout"]["call"] = [520, 160]
    blueprint = open_new(server, page, document)

    def over(text: Locator, typed: str) -> None:
        text.focus()
        page.keyboard.press("Control+a")
        page.keyboard.type(typed)

    over(field(page, "call", "url"), "http://shop.example/all")
    expect(field(page, "call", "url")).to_have_value("http://shop.example/all")
    header = page.get_by_test_id("field-headers").get_by_label("Headers: value 1")
    over(header, "Ada")
    expect(header).to_have_value("Ada")
    over(field(page, "call", "timeout"), "12")
    page.keyboard.press("Tab")
    parameters = saved(server, page, blueprint)["nodes"]["call"]["parameters"]
    assert parameters == {
        "url": "http://shop.example/all",
        "headers": {"X-Total": "Ada"},
        "timeout": 12,
    }


def test_an_expression_is_begun_by_typing_where_a_number_belongs(
    server: Server, page: Page
) -> None:
    document = order()
    document["nodes"]["wait"] = {"kind": "flow.wait"}
    document["nodes"]["parts"] = {"kind": "data.split"}
    document["edges"] += ["order.out -> wait.in", "order.out -> parts.in"]
    document["layout"] |= {"wait": [520, 160], "parts": [520, 320]}
    blueprint = open_new(server, page, document)
    field(page, "wait", "seconds").focus()
    page.keyboard.type("=input.total / 2")
    expect(field(page, "wait", "seconds")).to_have_value("{{ input.total / 2 }}")
    field(page, "parts", "size").focus()
    page.keyboard.type("{{ input.total }}")
    expect(field(page, "parts", "size")).to_have_value("{{ input.total }}")
    nodes = saved(server, page, blueprint)["nodes"]
    assert nodes["wait"]["parameters"] == {"seconds": "{{ input.total / 2 }}"}
    assert nodes["parts"]["parameters"] == {"size": "{{ input.total }}"}
