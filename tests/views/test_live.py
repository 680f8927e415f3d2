"""The live view: one area per fit, updated in place, light and escaped."""

from __future__ import annotations

import math
import re

from keras_magic.views import live
from keras_magic.watch.progress import Progress
from tests.calls import calls


def progress(**changes) -> Progress:
    fields = {
        "epoch": 4,
        "epochs": 10,
        "step": 20,
        "steps_per_epoch": 40,
        "elapsed": 12.3,
        "remaining": 75.0,
        "losses": tuple(2 * math.exp(-i / 80) for i in range(200)),
        "loss_steps": tuple(range(1, 201)),
        "history": {"loss": (1.8, 1.2, 0.8), "val_loss": (1.7, 1.3, 1.25)},
        "layers": {f"dense_{i}": {"gradient_norm": 10.0**-i, "dead": i / 10} for i in range(60)},
    }
    return Progress(**{**fields, **changes})


class Display:
    """Stands in for IPython's display: notes what is shown and updated."""

    def __init__(self, monkeypatch) -> None:
        self.shown: list[dict] = []
        self.updated: list[dict] = []
        monkeypatch.setattr("IPython.display.display", self)

    def __call__(self, bundle, raw, display_id):
        assert raw
        assert display_id
        self.shown.append(bundle)
        return self

    def update(self, bundle, raw):
        self.updated.append(bundle)


def test_each_fit_has_one_area_that_updates_in_place(monkeypatch):
    display = Display(monkeypatch)
    view = live.LiveView()
    for moment in (progress(), progress(step=30), progress(done=True, remaining=None)):
        view(moment)
    assert (len(display.shown), len(display.updated)) == (1, 2)
    view(progress(epoch=1, step=1, history={}))
    assert len(display.shown) == 2, "a second fit gets its own area"


def test_the_end_is_one_line_with_the_drawing_folded(monkeypatch):
    display = Display(monkeypatch)
    view = live.LiveView()
    view(progress())
    view(progress(done=True, remaining=None))
    assert "<svg" in display.shown[0]["text/html"]
    assert "<svg" in display.updated[-1]["text/html"].split("<details>")[1]
    assert "done</summary>" in display.updated[-1]["text/html"]


def test_the_line_says_where_it_is():
    assert live.line(progress()) == "epoch 4 of 10 · step 20 of 40 · loss 0.8 · val_loss 1.25 · 12.3 s · about 1 min 15 s left"
    assert live.line(progress(done=True, interrupted=True, remaining=None)).endswith("interrupted")
    assert live.line(progress(done=True, raised="ValueError", remaining=None)).endswith("stopped by ValueError")


def test_names_and_events_are_escaped():
    html = live.moment(progress(events=("NaN in <b>layer</b>",), layers={"<script>": {"gradient_norm": 1.0}}))
    assert "<script>" not in html
    assert "NaN in &lt;b&gt;layer&lt;/b&gt;" in html


def test_losses_that_are_not_finite_are_left_out():
    html = live.moment(progress(losses=(1.0, math.nan, math.inf), loss_steps=(1, 2, 3), history={"loss": (math.nan,)}))
    assert "nan" not in html.split("<svg")[1].split('points="')[1].split('"')[0]


def test_drawing_is_light():
    moment = progress()
    live.moment(moment)
    assert calls(lambda: live.moment(moment)) < 5_000, "twice a second"
    assert len(live.moment(moment)) < 16_000


def test_bars_of_gradients_leave_room_for_what_stands_behind_them():
    names = [f"quite_long_name_of_a_dense_layer_{i}" for i in range(14)]
    html = live.moment(progress(layers={name: {"gradient_norm": 12.0, "dead": 1.0} for name in names}))
    texts = re.findall(r'<text x="(\d+)" y="[\d.]+" font-size="(\d+)"[^>]*>([^<]*)</text>', html)
    assert sum("12 · 100 % dead" in words for _, _, words in texts) == 14
    assert all(int(x) + 0.6 * int(size) * len(words) <= 840 for x, size, words in texts if "dead" in words), "in the drawing"
    labels = [words for _, _, words in texts if "…" in words]
    assert len(set(labels)) == 14, "names that are cut still differ"
