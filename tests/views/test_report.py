"""The report and its views, on hand-made facts."""

from __future__ import annotations

import json
import math
import re
from html.parser import HTMLParser

import pytest

import keras_magic as km
from keras_magic.diagnosis.result import Diagnosis
from keras_magic.facts import Facts
from keras_magic.report import Report
from keras_magic.views import plots
from tests.views.builders import data_facts, facts, finding, report

HOSTILE = "<script>alert('x')</script> & \"quoted\" `tick` $5$ \u2028"


class _Reader(HTMLParser):
    """Tags, attributes and the text that a reader sees, as a browser would parse them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.words = ""
        self._hidden = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._hidden = tag == "script"

    def handle_endtag(self, tag):
        self._hidden = False

    def handle_data(self, data):
        if not self._hidden:
            self.words += data


@pytest.fixture(scope="module")
def html() -> str:
    return report().to_html()


def test_several_fits_take_the_verdict_of_the_worst():
    both = Report(*report(findings=()).diagnoses, *report().diagnoses)
    assert both.verdict.startswith("Fit 2 of 2: The loss is NaN")
    assert "Fit 1 of 2" in str(both)
    for shown in (both.to_text(width=1000), both.to_markdown(), both.to_html()):
        assert shown.count(report().verdict) == 1, "the worst verdict stands in the headline alone"
        assert "Fit 2 of 2" in shown


def test_no_heading_stands_above_nothing():
    quiet = Report(*report(facts=Facts(), findings=()).diagnoses * 2)
    first, second = ("Fit 1 of 2", "Fit 2 of 2")
    assert quiet.to_text(width=1000).splitlines()[0].startswith(first)
    assert [quiet.to_text(width=1000).count(title) for title in (first, second)] == [1, 1]


def test_an_empty_report_says_so():
    assert "no fit was called" in Report().verdict
    assert "no fit was called" in Report().to_html()


def test_json_survives_numbers_that_are_none():
    plain = json.loads(report().to_json())
    assert plain["diagnoses"][0]["findings"][0]["evidence"]["trial"]["after"] == "nan"
    assert plain["diagnoses"][0]["facts"]["data"]["rows"] == 500


def test_files_are_written(tmp_path):
    target = tmp_path / "report.html"
    report().to_html(target)
    page = target.read_text("utf-8")
    assert page.startswith("<!doctype html>")
    assert "inputs are not scaled" in page
    report().to_json(tmp_path / "report.json")
    assert json.loads((tmp_path / "report.json").read_text())["verdict"] == report().verdict


def test_html_stands_alone(html):
    """No network, no style sheet, nothing that an untrusted notebook would lose but the script."""
    reader = _Reader(html)
    assert not {"style", "svg", "link", "iframe", "object"} & {tag for tag, _ in reader.tags}
    links = [v for _, attributes in reader.tags for k, v in attributes.items() if k in ("src", "href")]
    assert links
    assert all(link.startswith("data:image/png;base64,") for link in links)
    assert not re.search(r"(?:https?:)?//[a-z]", re.sub(r"base64,[^\"]+", "", html.split("<script>")[0]))


def test_html_stays_small(html):
    assert len(html.encode()) < 500_000


def test_wide_and_deep_reports_stay_usable():
    html = report(columns=200, layers=60).to_html()
    assert len(html.encode()) < 900_000
    assert "more columns" not in html, "all of them can be searched"


def test_pictures_have_words_for_those_who_cannot_see_them(html):
    images = [attributes for tag, attributes in _Reader(html).tags if tag == "img"]
    assert len(images) >= 4
    assert all(len(image["alt"]) > 20 for image in images)


def test_html_reads_without_scripts(html):
    words = _Reader(html).words
    for expected in (
        "root cause",
        "pressure spreads over 2,000,000",
        "scaler.fit_transform(X_train)",
        "The gradient of dense_2 is 1e-9",
    ):
        assert expected in words
    buttons = [a for tag, a in _Reader(html).tags if tag == "button"]
    assert buttons
    assert all("display:none" in a["style"] for a in buttons), "buttons that need a script must not show without it"


def test_only_the_root_cause_is_open(html):
    cards = [a for tag, a in _Reader(html).tags if tag == "details" and a.get("class") == "km-finding"]
    assert ["open" in card for card in cards] == [True, False, False]


def test_hostile_names_are_text():
    hostile = report(names=HOSTILE, findings=(finding(message=HOSTILE, where=HOSTILE, evidence={HOSTILE: HOSTILE}, why=HOSTILE),))
    html = hostile.to_html()
    assert sum(tag == "script" for tag, _ in _Reader(html).tags) == 1, "only our own script"
    assert HOSTILE.replace("`tick`", "tick").rstrip(" \u2028") in _Reader(html).words
    assert "<script>" not in hostile.to_markdown()


def test_each_picture_is_drawn_once(html):
    sources = [a["src"] for tag, a in _Reader(html).tags if tag == "img"]
    assert len(sources) == len(set(sources))


def test_text_is_wrapped_and_plain():
    text = report().to_text(width=72)
    code = [line for line in text.splitlines() if "|" in line]
    assert max(len(line) for line in text.splitlines() if line not in code) <= 72
    assert "\033[" not in text
    assert "\033[31m" in report().to_text(color=True)


def test_text_has_root_cause_symptom_and_fix():
    text = str(report())
    assert text.index("KM203") < text.index("KM111")
    assert "explains KM503" in text
    assert "| scaler = StandardScaler()" in text


def test_markdown_fences_code():
    assert "```python\nscaler" in report().to_markdown()


def test_mime_bundle_has_html_and_text_only():
    assert set(report()._repr_mimebundle_()) == {"text/html", "text/plain"}


@pytest.mark.parametrize("kind", ["loss", "feature-scales", "classes", "layers", "ranges", "drift", "trials", "missing"])
def test_every_picture_can_be_drawn_on_given_axes(kind):
    from matplotlib.figure import Figure

    ax = Figure().add_subplot()
    assert report().plot(kind, ax) is ax
    assert ax.get_title("left")


def test_plot_defaults_to_the_first_finding_and_names_what_there_is():
    assert report().plot().get_title("left").startswith("Where the features lie")
    with pytest.raises(km.UsageError, match=r"no plot 'pie'.*'loss'"):
        report().plot("pie")


def test_pictures_survive_what_is_not_finite():
    from dataclasses import replace

    given = facts()
    broken = replace(
        given.training,
        losses=(1.0, math.nan, math.inf),
        loss_steps=(1, 2, 3),
        history={"loss": (math.nan,), "val_loss": (math.nan,)},
    )
    diagnosis = Diagnosis(kind="fit", run=None, facts=replace(given, training=broken))
    available = plots.available(diagnosis.to_dict())
    assert available["loss"].image()["src"].startswith("data:image/png")


def test_nothing_measured_is_shown_as_such():
    empty = Report(Diagnosis(kind="fit", run=None, facts=Facts()))
    assert "could not be measured" in empty.to_html()
    assert plots.available(empty.to_dict()["diagnoses"][0]) == {}
    with pytest.raises(km.UsageError, match="none"):
        empty.plot()


def test_an_audit_has_no_training_fold():
    html = Report(Diagnosis(kind="audit", run=None, facts=Facts(data=data_facts()))).to_html()
    assert "The data looks healthy" in html
    assert "<b>Training</b>" not in html


def test_a_model_with_several_outputs_has_all_its_losses_in_the_line():
    from keras_magic.views.html import model_line

    heads = [{"loss": "mse"}, {"loss": "mae"}, {"loss": "mse"}]
    line = model_line({"layers": [1], "parameters": 2, "optimizer": None, "heads": heads})
    assert line == "1 layer · 2 parameters · losses mse, mae"
    assert model_line({"layers": [1], "parameters": 2, "optimizer": None, "heads": heads[:1]}).endswith("· loss mse")


def test_pyplot_is_not_touched():
    import subprocess
    import sys

    code = "import sys; from tests.views.builders import report; report().to_html(); sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_what_was_raised_is_one_telling_line():
    error = ValueError(
        "Exception encountered when calling Sequential.call().\n\n\x1b[1mInput 0 of layer 'dense' expects 7 columns\x1b[0m\n\n"
        "Arguments received by Sequential.call():\n  • inputs=tf.Tensor(shape=(None, 6))"
    )
    assert "<code>ValueError: Input 0 of layer &#39;dense&#39; expects 7 columns</code>" in report(exception=error).to_html()


def test_no_title_of_a_trial_is_cut():
    title = "Scale the inputs to mean 0 and standard deviation 1; then scale the targets to mean 0 and standard deviation 1"
    plot = plots.of_trials(
        {"results": [{"failed": None, "gain": 1.0, "before": 0.0, "after": 1.0, "title": title, "name": "both"}]}
    )
    assert " ".join(plot.rows[0].split()) == title
    assert max(map(len, plot.rows[0].split("\n"))) <= 42
