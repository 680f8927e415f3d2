"""The quickstart in two clicks: run the cell that fails, press *Apply and retrain*; then run the failing cell once more."""

from __future__ import annotations

import re

import nbformat
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PICTURES, ROOT
from tests.browser.test_notebooks import _open, _run

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STORIES = ("Readings of very different magnitudes", "Images", "Will they leave")
PLENTY = 300_000  # milliseconds for a training with its trials on a busy machine
CURVES = re.compile(r"Validation accuracy: ([\d.]+) before, ([\d.]+) after")


def story_of(title: str) -> tuple[list[str], str]:
    """The code of the quickstart up to the first diagnosis below the heading `title`: (cells before it, the cell that fails)."""
    code: list[str] = []
    told = False
    for cell in nbformat.read(ROOT / "notebooks" / "quickstart.ipynb", 4).cells:
        told = told or (cell.cell_type == "markdown" and title in cell.source.splitlines()[0])
        if cell.cell_type != "code" or cell.source.startswith(("%lr_find", "%audit")):
            continue
        if not cell.source.startswith("%%diagnose"):
            code.append(cell.source)
        elif told:
            return code, cell.source
    raise AssertionError(f"the quickstart has no diagnosis below {title!r}")


@pytest.mark.parametrize("title", STORIES)
def test_two_clicks_repair_a_story_of_the_quickstart(title, page, server, notebook):
    before, failing = story_of(title)
    before = [source for source in before if "found.suggestion" not in source]
    name = notebook(
        f"story-{STORIES.index(title)}.ipynb",
        "\n\n".join(before).replace("%load_ext keras_magic\n\n", "%load_ext keras_magic\n"),
        failing,
    )
    _open(page, server[0], "lab", name)
    _run(page, 0, 1)
    cells = page.locator(".jp-Notebook .jp-CodeCell")
    expect(cells.nth(1).locator(".jp-InputPrompt").first).to_have_text("[2]:", timeout=PLENTY)
    page.get_by_role("button", name="Apply and retrain in a new cell below").first.click()
    made = cells.nth(2)
    expect(made.locator(".jp-InputPrompt").first).to_have_text("[3]:", timeout=PLENTY)
    curves = made.locator(".km-compare")
    expect(curves).to_contain_text(CURVES)
    assert curves.bounding_box()["y"] < made.locator(".km-report").bounding_box()["y"], "what it gained comes first"
    scores = [float(score) for score in CURVES.search(curves.inner_text()).groups()]
    PICTURES.mkdir(parents=True, exist_ok=True)
    made.locator(".jp-Cell-outputWrapper").screenshot(path=PICTURES / f"story-{STORIES.index(title)}.png")
    print(f"{title}: validation accuracy {scores[0]} before, {scores[1]} after")
    assert scores[1] >= scores[0] - 0.02
    assert "It will not learn" not in made.locator(".km-report").inner_text()
    assert "Traceback" not in made.inner_text()
    _run(page, 1)
    expect(cells.nth(1).locator(".jp-InputPrompt").first).to_have_text("[4]:", timeout=PLENTY)
    again = cells.nth(1).locator(".km-report")
    expect(again).to_be_visible()
    assert "Training and validation data differ" not in again.inner_text(), "what was changed was changed in both parts"
