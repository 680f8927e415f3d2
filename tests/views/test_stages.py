"""What is shown between the last step and the report: never nothing, and the report before the trials."""

from __future__ import annotations

import time
import types

import keras
import numpy as np
import pytest

import keras_magic as km
from keras_magic.stages import Stages
from keras_magic.views import stages as views
from keras_magic.views.live import LiveView
from keras_magic.watch.live import progress_of
from tests.views.test_live import Display, progress


class Heard(Stages):
    """Notes what is said, in order."""

    replaces_bar = True

    def __init__(self) -> None:
        self.said: list[str] = []
        self.reports: list = []

    def doing(self, what, left=None):
        self.said.append(what)

    def known(self, report):
        self.said.append("known")
        self.reports.append(report)

    def over(self):
        self.said.append("over")


@pytest.fixture(scope="module")
def failing():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 6)).astype("float32")
    y = (x[:, 0] + x[:, 1] > 0).astype("int32")
    return x * np.array([1, 1, 1e4, 1, 1e3, 1], "float32"), y


def network(rate: float = 1e-7):
    net = keras.Sequential(
        [keras.layers.Input((6,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1, activation="sigmoid")]
    )
    net.compile(keras.optimizers.SGD(rate), "binary_crossentropy", metrics=["accuracy"])
    return net


def test_the_report_is_known_before_fixes_are_tried(failing):
    heard = Heard()
    report = km.diagnose(network(), *failing, epochs=3, verbose=0, seconds=6, stages=heard, strict=True)
    trying = next(i for i, said in enumerate(heard.said) if said.startswith("trying fix 1 of "))
    assert heard.said[:3] == ["looking at the data and the model", "over", "measuring how well the network does"]
    assert heard.said.index("known") < trying
    assert heard.said[-1] == "over"
    assert [r.diagnoses[0].pending for r in heard.reports] == ["outcome", "trials"]
    assert [r.diagnoses[0].facts.outcome is None for r in heard.reports] == [True, False]
    assert report.diagnoses[0].facts.trials is not None


def test_what_stands_in_for_a_silent_start_is_said(failing):
    """`verbose=0`, and a first step that takes long: the line is there before Keras begins."""
    heard, begun = Heard(), []

    class Begin(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            begun.extend(heard.said)

    km.diagnose(network(), *failing, epochs=1, verbose=0, seconds=0, callbacks=[Begin()], live=lambda p: None, stages=heard)
    assert begun == ["looking at the data and the model", "starting the training"]


def test_a_view_that_fails_breaks_nothing(failing):
    class Broken(Heard):
        def doing(self, what, left=None):
            raise RuntimeError("no display")

        known = over = doing

    assert km.diagnose(network(), *failing, epochs=1, verbose=0, seconds=3, stages=Broken(), strict=True).diagnoses


@pytest.mark.parametrize(("verbose", "shown", "ours"), [({}, 0, True), ({"verbose": 1}, 0, True), ({"verbose": 2}, 2, False)])
def test_keras_lines_or_ours_but_not_both(failing, verbose, shown, ours):
    seen, told = [], []

    class Look(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            seen.append(self.params["verbose"])

    km.diagnose(network(), *failing, epochs=1, seconds=0, callbacks=[Look()], live=told.append, stages=Heard(), **verbose)
    assert seen == [shown]
    assert bool(told) is ours


def test_the_end_of_a_training_is_told_once(failing):
    told = []
    km.diagnose(network(), *failing, epochs=1, seconds=0, verbose=1, live=told.append)
    assert [p.done for p in told].count(True) == 1


def test_the_line_stands_under_the_training_and_goes(monkeypatch):
    display = Display(monkeypatch)
    view = views.NotebookStages()
    view.training(progress(done=True, remaining=None))
    view.doing("trying fix 2 of 4 on a copy: Scale the inputs", 3.2)
    assert len(display.shown) == 1, "no output of its own"
    assert "trying fix 2 of 4 on a copy: Scale the inputs, 3 s left" in display.updated[-1]["text/html"]
    view.over()
    assert "trying fix" not in display.updated[-1]["text/html"]


def test_without_a_live_view_the_line_has_its_own_place(monkeypatch):
    display = Display(monkeypatch)
    view = views.NotebookStages(live=False)
    view.doing("measuring how well the network does")
    view.doing("a <b>", None)
    assert "a &lt;b&gt; …" in display.updated[-1]["text/html"]
    view.over()
    assert display.updated[-1]["text/plain"] == ""


def test_the_early_report_is_completed_in_place(monkeypatch, failing):
    display = Display(monkeypatch)
    view = views.NotebookStages()
    heard = Heard()
    report = km.diagnose(network(), *failing, epochs=1, verbose=0, seconds=6, stages=heard, strict=True)
    first, second = heard.reports
    view.known(first)
    assert "How well the network does is being measured" in display.shown[-1]["text/html"]
    view.known(second)
    assert "So far: " in display.updated[-1]["text/html"]
    assert len(display.shown) == 1
    assert view.finish(report, km.compare(report, report))
    html = display.updated[-1]["text/html"]
    assert "So far:" not in html
    assert 0 < html.index("km-compare") < html.index("km-report"), "what it gained comes first"
    assert not view.finish(report), "no report waits any more"


def test_what_is_said_before_a_training_stands_where_it_will_be_shown(monkeypatch):
    display = Display(monkeypatch)
    view = views.NotebookStages()
    view.doing("looking at the data and the model")
    assert "looking at the data" in display.shown[-1]["text/html"]
    view.training(progress())
    assert len(display.shown) == 1, "no output of its own"
    assert "looking" not in display.updated[-1]["text/html"]


def test_what_is_said_under_a_training_goes_when_the_next_one_begins(monkeypatch):
    """As in a cross-validation, whose folds are diagnosed together at the end."""
    display = Display(monkeypatch)
    view = views.NotebookStages()
    view.training(progress(done=True, remaining=None))
    view.doing("looking at the data and the model")
    assert "looking at the data" in display.updated[-1]["text/html"]
    view.training(progress())
    assert "looking at the data" not in display.updated[-1]["text/html"]
    assert len(display.shown) == 2


def test_nothing_is_left_where_nothing_was_said(monkeypatch):
    display = Display(monkeypatch)
    LiveView().leave()
    assert display.shown == []


@pytest.mark.parametrize(
    ("epoch_seconds", "step_seconds", "expected"),
    [
        ([], [], None),  # tracing: nothing is known
        ([], [0.5, 0.5], 0.5 * (40 - 1)),  # 10 epochs of 4 steps, one step done
        ([60.0, 2.0], [0.5], 2.0 * (10 - 2 - 0.25)),  # the first epoch, which traced, is left out
    ],
)
def test_the_first_estimate_leaves_tracing_out(epoch_seconds, step_seconds, expected):
    recorder = types.SimpleNamespace(losses=types.SimpleNamespace(samples=[]), nonfinite=None, latest=lambda name: {})
    watcher = types.SimpleNamespace(
        read=lambda: None,
        recorder=recorder,
        params={"epochs": 10, "steps": 4},
        started=1.0,
        epoch=len(epoch_seconds),
        step_in_epoch=1,
        epoch_seconds=epoch_seconds,
        step_seconds=types.SimpleNamespace(values=step_seconds),
        history={},
        layer_names=(),
        interrupted=False,
        exception=None,
    )
    remaining = progress_of(watcher).remaining
    assert remaining == (None if expected is None else pytest.approx(expected))


@pytest.fixture(scope="module")
def healthy():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(600, 6)).astype("float32")
    return x, (x[:, 0] > 0).astype("int32")


def test_the_first_report_says_nothing_of_health(healthy):
    """Before the outcome is measured, a training is neither healthy nor failed."""
    heard = Heard()
    report = km.diagnose(network(0.5), *healthy, epochs=5, verbose=0, validation_split=0.2, stages=heard, strict=True)
    (first,) = heard.reports
    assert first.verdict == "How well the network does is being measured."
    assert report.verdict.startswith("Healthy")


def test_the_first_report_comes_within_a_second(monkeypatch, failing):
    """Behind the last step, drawing included; in CPU time, as other programs may hold the machine."""
    display = Display(monkeypatch)
    times = {}

    class Clocked(views.NotebookStages):
        def known(self, report):
            super().known(report)
            times.setdefault("shown", time.thread_time())

    class Ended(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            times["step"] = time.thread_time()

    km.diagnose(network(), *failing, epochs=3, verbose=0, seconds=0, callbacks=[Ended()], stages=Clocked(), strict=True)
    assert "km-report" in display.shown[-1]["text/html"]
    assert times["shown"] - times["step"] < 1.0
