"""Controls below the report, the reopened notebook, JupyterLab's dark theme, Voila, and how fast all that answers."""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PICTURES, free_port, wait_for
from tests.browser.test_notebooks import SETUP, _open, _run
from tests.views.builders import report

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CLOCK = """
class Ended(keras.callbacks.Callback):
    def on_train_end(self, logs=None):
        self.at = time.time()
ended = Ended()"""
QUICK = "%%diagnose -o kept --seconds 0 {}\nnet.fit(table, answer, epochs=8, validation_split=0.2, callbacks=[ended], verbose=0);"
#: The scaler of the fix sees training rows only.
FITTED = "StandardScaler().fit(table[: int(len(table) * 0.8)])"
#: Remembers when the first report was in the page, and when each rate was chosen.
STOPWATCH = """
window.painted = null; window.chosen = [];
window.addEventListener("keras-magic-rate", (event) => window.chosen.push([Date.now() / 1000, event.detail.rate]), true);
new MutationObserver(() => {
  if (window.painted !== null || !document.querySelector(".km-report")) return;
  requestAnimationFrame(() => { window.painted ??= Date.now() / 1000; });
}).observe(document, {childList: true, subtree: true});
"""


def test_controls_try_a_fix_then_the_reopened_report_still_works(page, elsewhere, server, notebook):
    page.add_init_script(STOPWATCH)
    name = notebook("controls.ipynb", SETUP + CLOCK, QUICK.format("--controls"), "print('ended', ended.at)", "%fix KM203")
    _open(page, server[0], "lab", name)
    _run(page, 0, 1)
    expect(page.locator(".km-report")).to_contain_text("Inputs are not scaled")
    expect(page.locator(".km-report")).to_contain_text("%%diagnose --controls")
    _tries_a_fix(page)
    _shows_columns(page)
    _run(page, 2)
    ended = float(page.get_by_text(re.compile(r"^ended [\d.]+")).inner_text().split()[1])
    first_paint = page.evaluate("window.painted") - ended
    print(f"first paint of the report {first_paint:.2f} s after the training")
    _run(page, 3)
    expect(page.locator(".jp-Notebook .jp-CodeCell").nth(4)).to_contain_text(FITTED)

    page.keyboard.press("Control+s")
    page.wait_for_timeout(3000)
    assert "km-report" in (server[1] / name).read_text("utf-8")
    _end_kernels(server[0])
    _open(page, server[0], "lab", name)
    shown = page.locator(".km-report")
    expect(shown).to_contain_text("Inputs are not scaled")
    expect(page.locator(".km-controls")).to_have_count(1)
    expect(page.locator(".km-controls")).to_be_hidden()
    assert "Error displaying widget" not in page.locator("body").inner_text()
    copy = shown.get_by_role("button", name="Copy the code of this fix").first
    expect(copy).to_be_visible()
    copy.click()
    expect(copy).to_contain_text(re.compile("Copied|Selected"))
    shown.get_by_role("button", name="Insert the code of this fix into a new cell below").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".jp-Notebook .jp-CodeCell").nth(2)).to_contain_text(FITTED)
    assert elsewhere == []


def _end_kernels(address: str) -> None:
    """As where a notebook is reopened another day."""
    with urllib.request.urlopen(f"{address}/api/sessions", timeout=20) as answer:
        sessions = json.load(answer)
    for session in sessions:
        urllib.request.urlopen(
            urllib.request.Request(f"{address}/api/sessions/{session['id']}", method="DELETE"), timeout=20
        ).close()


def _tries_a_fix(page: Page) -> None:
    page.get_by_role("button", name="Show code").first.click()
    expect(page.get_by_text(re.compile(r"Run %fix KM\d+ to get this into a new cell below")).first).to_be_visible()
    page.get_by_role("button", name="Try it").first.click()
    trial = page.locator(".km-trial").first
    expect(trial).to_contain_text(
        re.compile(r"(It helps|It makes it worse|No clear difference): validation score -?[\d.]+ → -?[\d.]+")
    )
    curves = trial.locator("img")
    assert curves.evaluate("i => i.naturalWidth") > 300
    assert re.search(r"validation score before and after: .* to ", curves.get_attribute("alt") or "")
    trial.scroll_into_view_if_needed()
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / "controls-tried.png")


def _shows_columns(page: Page) -> None:
    page.locator(".km-columns select").select_option("0")  # columns with a finding are listed first
    expect(page.locator(".km-column img")).to_have_attribute("alt", re.compile("Distribution of 0 in the classes 0, 1"))
    page.locator(".km-columns select").select_option("3")
    expect(page.locator(".km-column img")).to_have_attribute("alt", re.compile("Distribution of 3 in the classes 0, 1"))
    expect(page.locator(".km-column")).to_contain_text("KM203")
    page.locator(".km-column").scroll_into_view_if_needed()
    page.screenshot(path=PICTURES / "controls-column.png")


def test_controls_and_inserting_in_notebook_7(page, server, notebook):
    _open(page, server[0], "notebook", notebook("seven.ipynb", SETUP + CLOCK, QUICK.format("--controls"), "last = 1"))
    _run(page, 0, 1)
    _tries_a_fix(page)
    _shows_columns(page)
    page.get_by_role("button", name="Insert the code of this fix into a new cell below").first.click()
    cells = page.locator(".jp-Notebook .jp-CodeCell")
    expect(cells).to_have_count(4)
    expect(cells.nth(2)).to_contain_text(FITTED)
    expect(cells.nth(3)).to_contain_text("last = 1")


def test_dark_theme_of_jupyterlab_is_readable(page, server, notebook):
    """WCAG AA in the theme that follows no media query."""
    name = notebook("dark.ipynb", "report", outputs=report()._repr_mimebundle_())
    _set_theme(server[0], "JupyterLab Dark")
    try:
        _open(page, server[0], "lab", name)
        expect(page.locator("body")).to_have_attribute("data-jp-theme-light", "false")
        expect(page.locator(".km-report")).to_contain_text("inputs are not scaled")
        page.evaluate("document.querySelectorAll('.km-report details').forEach(d => d.open = true)")
        worst = page.evaluate(Path(__file__).with_name("contrast.js").read_text("utf-8"))
        assert worst["ratio"] >= 4.5, worst
    finally:
        _set_theme(server[0], "JupyterLab Light")


def _set_theme(address: str, theme: str) -> None:
    body = json.dumps({"raw": json.dumps({"theme": theme})}).encode()
    request = urllib.request.Request(f"{address}/lab/api/settings/@jupyterlab/apputils-extension:themes", body, method="PUT")
    urllib.request.urlopen(request, timeout=20).close()


def test_voila_shows_the_report(page, server, notebook, environment):
    name = notebook("voila.ipynb", SETUP + CLOCK, QUICK.format(""))
    port = free_port()
    command = [sys.executable, "-m", "voila", "--no-browser", f"--port={port}", "--Voila.ip=127.0.0.1", str(server[1] / name)]
    with (server[1] / "voila.log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            wait_for(f"http://127.0.0.1:{port}/voila/static/favicon.ico", process)
            page.goto(f"http://127.0.0.1:{port}/")
            shown = page.locator(".km-report")
            expect(shown).to_contain_text("Inputs are not scaled")
            expect(shown.locator("img").first).to_be_visible()
            copy = shown.get_by_role("button", name="Copy the code of this fix").first
            copy.click()
            expect(copy).to_contain_text(re.compile("Copied|Selected"))
        finally:
            process.terminate()
            process.wait(20)


def test_a_drag_reaches_python(page, server, notebook):
    page.add_init_script(STOPWATCH)
    listen = "from keras_magic.views import notebook as shown\nheard = []\n"
    listen += (
        "[b.observe(lambda c: heard.append([time.time(), c['new']]), 'rate') for b in shown._bridges.values()]\nprint('listening')"
    )
    tell = "import json\nprint('heard', json.dumps(heard))"
    find = "%lr_find net table answer --fast --steps 40"
    _open(page, server[0], "lab", notebook("latency.ipynb", SETUP, find, listen, tell))
    _run(page, 0, 1)
    expect(page.locator(".km-synced")).to_be_visible()
    _run(page, 2)
    expect(page.get_by_text(re.compile("^listening"))).to_be_visible()
    page.locator(".km-image").scroll_into_view_if_needed()
    image = page.locator(".km-image").bounding_box()
    page.mouse.move(image["x"] + 150, image["y"] + 80)
    page.mouse.down()
    for step in range(12):
        page.mouse.move(image["x"] + 160 + 20 * step, image["y"] + 80)
        page.wait_for_timeout(300)
    page.mouse.up()
    chosen = {rate: at for at, rate in reversed(page.evaluate("window.chosen"))}
    _run(page, 3)
    heard = json.loads(page.get_by_text(re.compile(r"^heard \[")).inner_text().split(" ", 1)[1])
    waits = sorted(at - chosen[rate] for at, rate in heard if rate in chosen)
    assert len(waits) >= 6
    assert heard[-1][1] == page.evaluate("window.chosen.at(-1)[1]"), "the last rate that was chosen is the one in Python"
    print(f"drag to Python: median {1000 * statistics.median(waits):.0f} ms, slowest {1000 * waits[-1]:.0f} ms of {len(waits)}")


WEAK = "net = keras.Sequential(layers); net.compile('adam', 'binary_crossentropy', metrics=['accuracy'])"
FAULTY = {
    "unscaled": (f"{WEAK}\nnet.fit(table, answer, epochs=6, validation_split=0.2, verbose=0);", "StandardScaler"),
    "one-unit softmax": (
        "net = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(1, activation='softmax')])\n"
        "net.compile('adam', 'binary_crossentropy', metrics=['accuracy'])\n"
        "net.fit(table / [1, 10, 1e4, 1e6], answer, epochs=4, validation_split=0.2, verbose=0);",
        "sigmoid",
    ),
    "no logits": (
        "net = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(1)])\n"
        "net.compile('adam', 'binary_crossentropy', metrics=['accuracy'])\n"
        "net.fit(table / [1, 10, 1e4, 1e6], answer, epochs=4, validation_split=0.2, verbose=0);",
        "from_logits=True",
    ),
    "ReLU at the end of a regression": (
        "net = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(1, activation='relu')])\n"
        "net.compile('adam', 'mse', metrics=['mae'])\n"
        "net.fit(table / [1, 10, 1e4, 1e6], table[:, 0], epochs=4, validation_split=0.2, verbose=0);",
        "linear",
    ),
}
FAULTY["another shape raised"] = (
    "net = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(1, activation='sigmoid')])\n"
    "net.compile('adam', 'binary_crossentropy', metrics=['accuracy'])\n"
    "net.fit(table / [1, 10, 1e4, 1e6], answer, epochs=4, validation_split=0.2, verbose=0);",
    "keras.Input((4,))",
)
FAULTY["not compiled raised"] = (
    "net = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(1, activation='sigmoid')])\n"
    "net.fit(table / [1, 10, 1e4, 1e6], answer, epochs=4, validation_split=0.2, verbose=0);",
    "loss='binary_crossentropy'",
)
FAULTY["NaN"] = (
    "net = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(8, activation='relu'), keras.layers.Dense(1)])\n"
    "net.compile('sgd', 'mse', metrics=['mae'])\n"
    "net.fit(table, table[:, 0] * 1.0, epochs=4, validation_split=0.2, verbose=0);",
    "StandardScaler",
)
BOTH_APPS = ("unscaled", "one-unit softmax")  # what they do is the same script


@pytest.mark.parametrize(("app", "fault"), [*(("lab", fault) for fault in FAULTY), *(("notebook", fault) for fault in BOTH_APPS)])
def test_one_click_applies_the_fix_and_shows_both_curves(fault, app, page, server, notebook):
    """Run the failing cell, press one button: the fixed program is in a cell of its own, has trained, and shows what it gained."""
    source, fixed = FAULTY[fault]
    name = notebook(f"retrain-{app}-{fault.replace(' ', '-')}.ipynb", SETUP, f"%%diagnose --seconds 0\n{source}")
    _open(page, server[0], app, name)
    _run(page, 0, 1)
    button = page.get_by_role("button", name="Apply and retrain in a new cell below").first
    button.click()
    made = page.locator(".jp-Notebook .jp-CodeCell").nth(2)
    expect(made.locator(".cm-content")).to_contain_text("%%diagnose --compare")
    expect(made.locator(".cm-content")).to_contain_text(fixed)
    shown = made.locator(".km-compare")
    expect(shown).to_contain_text(re.compile(r"Validation (accuracy|mae): ([\d.,e]+|NaN|none) before, [\d.,e]+ after"))
    assert shown.locator("img").evaluate("i => i.naturalWidth") > 300
    expect(made.locator(".km-report")).to_be_visible()
    assert "Traceback" not in made.inner_text()
