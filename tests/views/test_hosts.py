"""What notebook hosts promise to keep: every view reads after their sanitisers, and asks nothing of Jupyter or of the network.

Sources: JupyterLab's sanitiser for untrusted notebooks, GitHub's for notebooks, VS Code's notebook renderers (HTML in a webview
with a content security policy; no comm without the Jupyter extension's widget support), Colab (each output in a sandboxed frame
of its own, RequireJS absent).
"""

from __future__ import annotations

import re
from types import SimpleNamespace

import bleach
import keras
import numpy as np
import pytest
from bleach.css_sanitizer import CSSSanitizer

import keras_magic as km
from keras_magic.lr.result import LRFindResult
from keras_magic.report import Report
from keras_magic.views import stages
from tests.views.builders import facts, report
from tests.views.test_report import _Reader


def found_rate() -> LRFindResult:
    """A range test whose loss is lowest at 0.1."""
    rates = np.logspace(-5, 0, 60)
    losses = 1.0 - 0.8 * np.exp(-((np.log10(rates) + 1) ** 2))
    return LRFindResult(
        lrs=rates,
        losses=losses,
        smoothed=losses,
        penalties=np.zeros(60),
        suggestion=0.03,
        suggestions={"keras_magic": 0.03, "minimum/10": 0.01, "steepest": 0.02},
        band=(0.01, 0.09),
        confident=True,
        learns=True,
        message="Take a learning rate of 0.03: rates from 0.01 to 0.09 are as good within the noise.",
        current_lr=0.001,
        trial_losses={0.01: 0.4, 0.03: 0.3, 0.09: 0.35},
        notes=("The sweep repeats 4 batches.",),
        model=SimpleNamespace(optimizer=keras.optimizers.Adam()),
        names={"model": "net"},
    )


VIEWS = {
    "report": lambda: report().to_html(),
    "folds": lambda: Report(*report(findings=()).diagnoses, *report().diagnoses).to_html(),
    "wide": lambda: report(columns=60, layers=20).to_html(),
    "healthy": lambda: report(findings=(), facts=facts()).to_html(),
    "comparison": lambda: km.compare(report(), report(findings=())).to_html(),
    "explanation": lambda: km.explain("KM203")._repr_html_(),
    "learning rate": lambda: found_rate()._repr_html_(),
    "before the trials": lambda: stages._brief(report().diagnoses[0]),
}
#: What all of the sanitisers let through.
TAGS = {
    "a", "b", "br", "button", "caption", "code", "details", "div", "h2", "h3", "i", "img", "li", "p", "pre", "span", "summary",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
ATTRIBUTES = {"*": ["style", "class", "role", "aria-label", "aria-level", "aria-hidden", "tabindex", "open", "colspan", "scope"]}
ATTRIBUTES["img"] = ["src", "alt"]


def script_of(page: str) -> str:
    return "\n".join(re.findall(r"<script>(.*?)</script>", page, re.DOTALL))


def body_of(page: str) -> str:
    return re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_loses_no_word_and_no_image_to_a_sanitiser(view):
    body = body_of(VIEWS[view]())
    clean = bleach.clean(
        body, tags=TAGS, attributes=ATTRIBUTES, protocols=["data"], css_sanitizer=CSSSanitizer(), strip=True, strip_comments=True
    )
    before, after = _Reader(body), _Reader(clean)
    assert after.words.split() == before.words.split()
    assert len(before.words.split()) > 20
    images = [[a.get("src", "")[:40] for tag, a in reader.tags if tag == "img"] for reader in (before, after)]
    assert images[0] == images[1]


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_asks_nothing_of_jupyter_or_the_network(view):
    page = VIEWS[view]()
    script, body = script_of(page), re.sub(r"base64,[^\"]+", "", body_of(page))
    for word in ("require(", "Jupyter.", "IPython", "comm", "fetch(", "XMLHttpRequest", "WebSocket", "import(", "eval(", "://"):
        assert word not in re.sub(r"command|//.*", "", script), word
    assert not re.search(r"""(?:src|href|url)\s*[=(]\s*["']?(?!["']?data:)\w""", body)
    assert not re.search(r"\son\w+=", body), "handlers inside tags are refused by content security policies"


@pytest.mark.parametrize("view", VIEWS)
def test_what_a_script_shows_is_hidden_without_it(view):
    buttons = [a for tag, a in _Reader(VIEWS[view]()).tags if tag in ("button", "input")]
    assert all("display:none" in a["style"] for a in buttons)


def test_a_report_needs_no_widget():
    assert set(report()._repr_mimebundle_()) == {"text/html", "text/plain"}
