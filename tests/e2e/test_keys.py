"""Keys as people know them from other editors, and as they choose them."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.canvas import at_rest, chain, open_new, saved
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]

# What pauses a run and what lets it go on are never possible at the same time, nor are what
# leaves a version that is read and what leaves a selection.
SHARED = {"F8", "Escape"}


@pytest.fixture
def drawn(server: Server, page: Page) -> Page:
    open_new(server, page, chain())
    page.locator(".react-flow__pane").click(position={"x": 8, "y": 8})
    return page


def helped(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.get_by_test_id("help")).to_be_visible()


def test_each_profile_has_each_key_once_and_acts_by_it(drawn: Page) -> None:
    helped(drawn)
    profile = drawn.get_by_test_id("key-profile")
    for name in profile.locator("option").evaluate_all("all => all.map(it => it.value)"):
        profile.select_option(name)
        keys = drawn.get_by_test_id("help").locator("kbd").all_inner_texts()
        twice = {key for key, times in Counter(keys).items() if times > 1} - SHARED
        assert not twice, f"{name}: {twice}"
    profile.select_option("unreal")
    drawn.keyboard.press("Escape")
    drawn.keyboard.press("c")
    expect(drawn.locator('[data-testid^="note-"]')).to_have_count(1)
    expect(drawn.get_by_test_id("fit")).to_have_attribute("title", "Show everything (Home)")
    drawn.reload()
    expect(drawn.get_by_test_id("fit")).to_have_attribute("title", "Show everything (Home)")


def choose(page: Page, profile: str) -> None:
    helped(page)
    page.get_by_test_id("key-profile").select_option(profile)
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("help")).to_be_hidden()


def chosen(page: Page) -> list[str]:
    names = page.locator(".react-flow__node.selected")
    return sorted(names.evaluate_all("all => all.map(it => it.dataset.id)"))


@pytest.mark.parametrize("profile", ["n8n", "node-red"])
def test_arrows_go_from_node_to_node_where_they_do_so_elsewhere(
    server: Server, page: Page, profile: str
) -> None:
    document = chain()
    document["nodes"]["other"] = {"kind": "log.message"}
    document["edges"] += ["start.out -> other.in"]
    document["layout"]["other"] = [300, 140]
    blueprint = open_new(server, page, document)
    before = saved(server, page, blueprint)["layout"]
    choose(page, profile)
    page.get_by_test_id("node-start").click()
    for way, there in [("Right", "set"), ("Down", "other"), ("Up", "set"), ("Right", "end")]:
        page.keyboard.press(f"Arrow{way}")
        assert chosen(page) == [there]
    page.keyboard.press("ArrowLeft")
    if profile == "n8n":
        page.keyboard.press("Shift+ArrowRight")
        assert chosen(page) == ["end", "set"]
    assert saved(server, page, blueprint)["layout"] == before
    page.get_by_test_id("node-other").click()
    page.keyboard.press("Control+ArrowDown")
    assert saved(server, page, blueprint)["layout"]["other"] == [300, 150]


def test_keys_of_other_editors_do_what_they_do_there(drawn: Page) -> None:
    choose(drawn, "unreal")
    drawn.get_by_test_id("node-set").click()
    drawn.keyboard.press("c")
    around, card = drawn.locator('[data-testid^="note-"]'), drawn.get_by_test_id("node-set")
    outer, inner = around.bounding_box(), card.bounding_box()
    assert outer
    assert inner
    assert outer["x"] < inner["x"]
    assert inner["y"] + inner["height"] < outer["y"] + outer["height"]
    drawn.keyboard.press("Escape")
    drawn.keyboard.press("Shift+Alt+2")
    shown = at_rest(drawn)
    drawn.keyboard.press("Home")
    drawn.keyboard.press("+")
    assert at_rest(drawn) != shown
    drawn.keyboard.press("2")
    assert at_rest(drawn) == shown

    choose(drawn, "comfyui")
    drawn.get_by_test_id("node-set").click()
    drawn.keyboard.press("Control+Shift+E")
    expect(drawn.get_by_test_id("collapse-dialog")).to_be_visible()
    drawn.keyboard.press("Escape")
    with drawn.expect_file_chooser():
        drawn.keyboard.press("Control+o")


def test_keys_are_changed_taken_from_another_and_reset(drawn: Page) -> None:
    helped(drawn)
    drawn.get_by_test_id("change-keys").click()
    drawn.get_by_test_id("keys-note").click()
    drawn.keyboard.press("Control+Shift+Z")
    said = drawn.get_by_test_id("help").get_by_role("status")
    expect(said).to_contain_text("“Redo” had Ctrl+Shift+Z, and has it no")
    drawn.get_by_test_id("keys-help").scroll_into_view_if_needed()
    drawn.get_by_test_id("keys-unwrap").scroll_into_view_if_needed()
    expect(said).to_be_in_viewport(ratio=1)
    expect(drawn.get_by_test_id("key-profile")).to_be_in_viewport(ratio=1)
    expect(drawn.get_by_test_id("keys-redo")).to_have_text("Ctrl+Y")
    drawn.get_by_test_id("keys-undo").click()
    drawn.keyboard.press("Delete")
    expect(drawn.get_by_test_id("keys-undo")).to_have_text("none")
    drawn.keyboard.press("Escape")
    expect(drawn.get_by_test_id("help")).to_be_hidden()
    drawn.keyboard.press("Control+Shift+Z")
    expect(drawn.locator('[data-testid^="note-"]')).to_have_count(1)
    drawn.locator(".react-flow__pane").click(position={"x": 8, "y": 8})
    drawn.keyboard.press("Control+z")
    expect(drawn.locator('[data-testid^="note-"]')).to_have_count(1)
    helped(drawn)
    drawn.get_by_test_id("change-keys").click()
    drawn.get_by_test_id("keys-note").click()
    drawn.keyboard.press("Control+a")
    expect(said).to_contain_text("“Select all” had Ctrl+A")
    drawn.get_by_test_id("reset-keys").click()
    expect(said).to_be_empty()
    drawn.keyboard.press("Escape")
    expect(drawn.get_by_test_id("help")).to_be_hidden()
    drawn.keyboard.press("Control+z")
    expect(drawn.locator('[data-testid^="note-"]')).to_have_count(0)


def test_keys_travel_in_a_file_and_a_bad_one_changes_nothing(drawn: Page, tmp_path: Path) -> None:
    helped(drawn)
    drawn.get_by_test_id("key-profile").select_option("n8n")
    with drawn.expect_download() as saved:
        drawn.get_by_test_id("export-keys").click()
    keymap = json.loads(Path(saved.value.path()).read_text())
    assert keymap == {
        "format": "conductor-keys/1",
        "profile": "n8n",
        "own": {},
        "drag": "box",
    }
    bad, good = tmp_path / "bad.json", tmp_path / "good.json"
    bad.write_text(json.dumps({**keymap, "own": {"undo": "Z"}}))
    drawn.get_by_test_id("import-keys").set_input_files(bad)
    expect(drawn.get_by_test_id("help")).to_contain_text("The keys of 'undo' are not a list")
    expect(drawn.get_by_test_id("key-profile")).to_have_value("n8n")
    good.write_text(json.dumps({**keymap, "profile": "unreal", "own": {"undo": ["Alt+Backspace"]}}))
    drawn.get_by_test_id("import-keys").set_input_files(good)
    expect(drawn.get_by_test_id("key-profile")).to_have_value("unreal")
    expect(drawn.get_by_test_id("help")).to_contain_text("Alt+Backspace")
