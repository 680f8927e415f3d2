"""What a person sees: report, live view and rate plot in JupyterLab 4 and Notebook 7, live, reopened, untrusted and exported."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PICTURES
from tests.views.builders import report

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SETUP = """%load_ext keras_magic
import time
import keras
import numpy as np
rng = np.random.default_rng(0)
table = rng.normal(size=(300, 4)) * [1, 10, 1e4, 1e6]
answer = (table[:, 0] > 0).astype(int)
layers = [keras.layers.Input((4,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1, activation="sigmoid")]
net = keras.Sequential(layers)
net.compile("sgd", "binary_crossentropy")
class Slow(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        time.sleep(0.05)"""
TRAIN = "%%diagnose -o kept --seconds 0\nnet.fit(table, answer, epochs=60, callbacks=[Slow()]);"
APPS = {"lab": "/lab/tree/{}?reset", "notebook": "/notebooks/{}"}


def _open(page: Page, address: str, app: str, name: str) -> None:
    page.goto(address + APPS[app].format(name))
    expect(page.locator(".jp-Notebook .jp-CodeCell").first).to_be_visible()


def _run(page: Page, *cells: int) -> None:
    """Run cells by their number, as a person does; while the kernel still starts, keys are lost, so the first is pressed again."""
    expect(page.locator(".jp-Notebook-ExecutionIndicator").first).to_have_attribute("data-status", re.compile("idle|busy"))
    for number in cells:
        cell = page.locator(".jp-Notebook .jp-CodeCell").nth(number)
        for _ in range(20):
            if page.locator(".jp-Dialog .jp-mod-accept").is_visible():  # asked before the session is known: which kernel?
                page.locator(".jp-Dialog .jp-mod-accept").click()
            cell.locator(".cm-content").click()
            page.keyboard.press("Shift+Enter")
            page.wait_for_timeout(1500)
            if re.search(r"\[[*\d]+\]", cell.locator(".jp-InputPrompt").first.inner_text()):
                break


@pytest.mark.parametrize("app", ["lab", "notebook"])
def test_training_live_then_interrupt_keeps_the_report(app, page, server, notebook):
    _open(page, server[0], app, notebook(f"live-{app}.ipynb", SETUP, TRAIN))
    _run(page, 0, 1)
    live = page.locator(".km-live")
    expect(live).to_contain_text(re.compile(r"epoch ([2-9]|\d\d) of 60"))
    expect(live.locator("svg")).to_be_visible()
    assert live.count() == 1, "updated in place"
    page.keyboard.press("Escape")
    page.keyboard.press("i")
    page.keyboard.press("i")
    report_ = page.locator(".km-report")
    expect(report_).to_contain_text("You interrupted the training")
    expect(live.locator("svg")).to_be_hidden()
    expect(live).to_contain_text("interrupted")
    expect(page.get_by_text("KeyboardInterrupt").first).to_be_visible()


@pytest.mark.parametrize("app", ["lab", "notebook"])
def test_a_saved_report_reads_without_a_kernel(app, page, server, notebook):
    name = notebook(f"saved-{app}.ipynb", "report", outputs=report()._repr_mimebundle_())
    _open(page, server[0], app, name)
    _reads_without_scripts(page)


def _reads_without_scripts(page: Page) -> None:
    """The notebook was not run here, so it is untrusted: scripts and style sheets are gone."""
    shown = page.locator(".km-report")
    expect(shown).to_contain_text("The loss is NaN or infinite from step 70 on: inputs are not scaled")
    expect(shown.get_by_text("root cause")).to_be_visible()
    expect(shown.get_by_text("scaler.fit_transform(X_train)").first).to_be_visible()
    image = shown.locator("img").first
    expect(image).to_be_visible()
    assert image.evaluate("i => i.naturalWidth") > 300
    assert shown.locator("script").count() == 0
    assert shown.locator("button:visible").count() == 0
    card = shown.locator("details.km-finding").nth(1)
    assert not card.get_by_text("Copy").is_visible()
    card.locator("summary").first.click()
    expect(card.locator("pre").first).to_be_visible()
    left = shown.locator("details.km-finding").first.evaluate("d => getComputedStyle(d).borderLeftColor")
    assert left == "rgb(179, 38, 30)", "inline styles survive the sanitiser"


@pytest.mark.parametrize("page", ["light", "dark"], indirect=True)
def test_exported_report_stands_alone(page, server, notebook, tmp_path):
    """nbconvert's HTML, with no network at all: text, images, copying."""
    name = notebook("export.ipynb", "report", outputs=report()._repr_mimebundle_())
    source = server[1] / name
    book = nbformat.read(source, 4)
    target = tmp_path / "export.html"
    subprocess.run(
        [sys.executable, "-m", "nbconvert", "--to", "html", "--output", str(target), str(source)], check=True, capture_output=True
    )
    assert len(book.cells) == 1
    page.context.set_offline(True)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(target.as_uri())
    shown = page.locator(".km-report")
    expect(shown).to_contain_text("inputs are not scaled")
    shown.get_by_role("button", name="Copy the code of this fix").first.click()
    expect(shown.locator(".km-copy").first).to_contain_text(re.compile("Copied|Selected"))
    assert [p for p in problems if "require" not in p and "MathJax" not in p] == []


def test_a_report_asks_for_nothing_whatever_is_pressed(page, elsewhere, tmp_path):
    report().to_html(tmp_path / "r.html")
    page.goto((tmp_path / "r.html").as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    buttons = page.locator("button:visible")
    assert buttons.count() > 1
    for number in range(buttons.count()):
        buttons.nth(number).click()
    page.wait_for_load_state("networkidle")
    assert elsewhere == []
    page.evaluate("fetch('http://127.0.0.2:9/').catch(() => 0)")
    assert elsewhere == ["http://127.0.0.2:9/"], "this test would notice"


@pytest.mark.parametrize("page", ["light", "dark"], indirect=True)
def test_text_has_contrast_in_light_and_dark(page, tmp_path):
    """WCAG AA: at least 4.5 to 1 for every badge and every running text, against what lies behind it."""
    report().to_html(tmp_path / "r.html")
    page.goto((tmp_path / "r.html").as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    worst = page.evaluate(Path(__file__).with_name("contrast.js").read_text("utf-8"))
    assert worst["ratio"] >= 4.5, worst


def test_wide_filter_and_keyboard(page, tmp_path):
    report(columns=60, layers=60).to_html(tmp_path / "wide.html")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if not request.url.startswith(("file:", "data:")) else None)
    page.goto((tmp_path / "wide.html").as_uri())
    page.get_by_text("Data", exact=True).click()
    page.get_by_label("Filter columns").fill("sensor_59")
    assert page.locator(".km-filter + div tr:visible").count() == 2
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "no sideways scrolling of the page"
    page.locator("summary").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("details.km-finding").first.get_attribute("open") is None, "folds open and close by keyboard"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Copy the code of this fix"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none", "the focus shows"
    buttons = page.locator("button:visible").count()
    shown = "[...document.querySelectorAll('button')].filter(b => b.offsetParent).length"
    page.evaluate(f"addEventListener('beforeprint', () => {{ window.onPaper = {shown}; }})")
    page.pdf()
    assert page.locator("details.km-finding:not([open])").count() == 0, "on paper the cards stand open"
    assert page.evaluate("onPaper") == 0, "on paper nothing can be pressed"
    assert page.locator("button:visible").count() >= buttons > 0, "and after it all can"
    scrolls = "[...document.querySelectorAll('.km-finding pre')].map(e => getComputedStyle(e).overflowX)"
    assert set(page.evaluate(scrolls)) == {"visible"}, "code that scrolls would not break across pages"
    assert asked == [], "no request to any network"


HOSTS = {
    "JupyterLab and Notebook 7, dark": ("", 'data-jp-theme-light="false" style="color:#fff;background:#111"', True),
    "JupyterLab on a dark desktop, light theme": ("", 'data-jp-theme-light="true" style="color:#000;background:#fff"', False),
    "VS Code, dark": ("", 'class="vscode-dark" style="color:#ccc;background:#1e1e1e"', True),
    "VS Code, light": ("", 'class="vscode-light" style="color:color(srgb .1 .1 .1);background:#fff"', False),
    "Colab, dark": ('theme="dark"', 'style="color:#d5d5d5;background:#383838"', True),
}


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("page", ["dark"], indirect=True)
def test_pictures_follow_the_theme_of_the_host(host, page, tmp_path):
    """By the colour of its text, whatever it calls its themes; there is no RequireJS in any of them."""
    html, body, dark = HOSTS[host]
    (tmp_path / "host.html").write_text(f"<html {html}><body {body}>{report().to_html()}</body></html>", "utf-8")
    page.goto((tmp_path / "host.html").as_uri())
    image = page.locator(".km-report img").first
    assert ("invert" in image.evaluate("i => i.style.filter")) == dark
    assert page.locator(".km-copy").first.is_visible()
    assert page.locator(".km-insert:visible").count() == 0, "this host runs no commands for us"
    page.evaluate(f"document.body.style.color = '{'#111' if dark else '#eee'}'")
    page.wait_for_timeout(700)
    assert ("invert" in image.evaluate("i => i.style.filter")) != dark, "also when it changes"


@pytest.mark.parametrize("app", ["lab", "notebook"])
def test_a_rate_dragged_in_the_plot_reaches_python(app, page, server, notebook):
    find = "%lr_find net table answer --fast --steps 40 -o found"
    _open(
        page,
        server[0],
        app,
        notebook(f"rate-{app}.ipynb", SETUP, find, "print('picked', found.chosen, float(net.optimizer.learning_rate))"),
    )
    _run(page, 0, 1)
    expect(page.locator(".km-synced")).to_be_visible()
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"rate-before-{app}.png")
    image = page.locator(".km-image").bounding_box()
    page.mouse.move(image["x"] + 200, image["y"] + 100)
    page.mouse.down()
    page.mouse.move(image["x"] + 420, image["y"] + 120, steps=4)
    page.mouse.up()
    dragged = float(page.locator(".km-rate").inner_text())
    page.locator(".km-slider").focus()
    page.keyboard.press("ArrowLeft")
    chosen = float(page.locator(".km-rate").inner_text())
    assert chosen < dragged, "the arrow keys move it"
    expect(page.locator(".km-code")).to_contain_text(page.locator(".km-rate").inner_text())
    page.get_by_role("button", name="Apply this learning rate to the model").click()
    shown = page.locator(".km-rate").inner_text()
    expect(page.locator(".km-said")).to_have_text(f"Applied: the model's learning rate is {shown} now.")
    page.screenshot(path=PICTURES / f"rate-after-{app}.png")
    page.get_by_role("button", name="Insert the code into a new cell below").click()
    expect(page.locator(".jp-Notebook .jp-CodeCell")).to_have_count(4)
    expect(page.locator(".jp-Notebook .jp-CodeCell").nth(2)).to_contain_text(page.locator(".km-rate").inner_text())
    _run(page, 3)
    expect(page.get_by_text(re.compile(r"^picked [\d.e-]+"))).to_be_visible()
    heard, applied = map(float, page.get_by_text(re.compile(r"^picked [\d.e-]+")).inner_text().split()[1:])
    assert heard == chosen
    assert applied == pytest.approx(chosen, rel=1e-6)
