"""The controls, pressed from Python: what they show, what they refuse, and how they take turns with cells."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import numpy as np
import pytest

from keras_magic.diagnosis.result import Diagnosis
from keras_magic.errors import UsageError
from keras_magic.facts import ColumnFacts, DataFacts, Facts, InputFacts, TargetFacts, TrialFacts, TrialResult
from keras_magic.findings import Fix
from keras_magic.report import Report
from keras_magic.run import Run
from keras_magic.views import bridge, controls
from keras_magic.views.explore import Explorer
from tests.views.builders import finding

FIX = Fix(name="scale-inputs", title="Scale <i>it</i>", code="x = x < 3", transform=lambda run: run)
HELPED = TrialResult(
    name="scale-inputs", cause="c", title="Scale it", before=0.1, after=0.9, gain=0.8, before_loss=(1.0, 0.9), after_loss=(1.0, 0.1)
)


def table(rows=60, classes=True):
    rng = np.random.default_rng(0)
    x = np.column_stack([rng.normal(size=rows), rng.integers(0, 3, rows), np.full(rows, np.nan)])
    y = (x[:, 0] > 0).astype(int) if classes else x[:, 0] * 2
    columns = tuple(ColumnFacts(name=n, count=rows, min=0.0) for n in ("age", "<b>kind</b>", "empty"))
    target = TargetFacts(name="y", shape=(), dtype="int64", form="binary", classes={"0": 30, "1": 30} if classes else {})
    data = DataFacts(
        kind="arrays",
        rows=rows,
        inputs=(InputFacts(name="x", shape=(3,), dtype="f", role="table", columns=columns),),
        targets=(target,),
    )
    return Diagnosis(kind="fit", run=Run(model=None, x=x, y=y), facts=Facts(data=data), findings=(finding(where="age", fix=FIX),))


def made(try_fix, turns=None):
    diagnosis = table()
    return controls.Controls(diagnosis.findings, Explorer(diagnosis), try_fix, turns or controls.Turns())


def test_try_it_draws_the_score_that_it_speaks_of():
    tried = []
    shown = made(lambda f: tried.append(f.rule) or TrialFacts(results=(HELPED,))).answer({"try": "KM203"})
    assert len(tried) == 1
    assert "It helps: validation score 0.10 → 0.90 (Scale it)" in shown
    assert "validation score before and after: Scale it: 0.10 to 0.90" in shown


@pytest.mark.parametrize(("gain", "says"), [(-0.4, "It makes it worse"), (0.0, "No clear difference")])
def test_a_fix_that_does_not_help_is_said_not_to(gain, says):
    result = TrialResult(name="n", cause="c", title="t", before=0.5, after=0.5 + gain, gain=gain, spread=0.1)
    assert says in made(lambda f: TrialFacts(results=(result,))).answer({"try": "KM203"})


def test_errors_are_one_line():
    def broken(f):
        raise ValueError("two\nlines <here>")

    assert made(broken).answer({"try": "KM203"}) == "Not possible: two lines &lt;here&gt;"
    assert made(lambda f: TrialFacts(missing=("too slow",))).answer({"try": "KM203"}) == "Not possible: too slow"
    for nonsense in (None, {}, {"try": "KM999"}, {"format": "disk"}, {"column": "none such"}, [1]):
        assert made(broken).answer(nonsense).startswith("Not possible: ")


def test_the_code_comes_with_the_way_into_a_cell():
    shown = made(None).answer({"code": "KM203"})
    assert "%fix KM203" in shown
    assert "x = x &lt; 3" in shown


def test_what_is_shown_is_hidden_until_a_kernel_answers():
    html = made(None).to_html("km-controls-1")
    assert 'id="km-controls-1" class="km-controls"' in html
    assert "display:none" in html.split("</div>")[0].split("class=")[1]
    assert "Scale &lt;i&gt;it&lt;/i&gt;" in html
    assert '<option value="&lt;b&gt;kind&lt;/b&gt;">' in html


def test_the_bridge_answers_what_the_page_asks(monkeypatch):
    sent = []
    listening = bridge.answering("km-controls-1", made(None).answer)
    monkeypatch.setattr(listening, "send", sent.append)
    listening._msg_callbacks(listening, {"number": 0.5, "question": {"code": "KM203"}}, [])
    listening._msg_callbacks(listening, "nonsense", [])
    assert [(m["number"], "%fix KM203" in m["html"]) for m in sent] == [(0.5, True)]


def test_a_trial_waits_for_no_cell_and_a_cell_waits_for_the_trial():
    turns, events = controls.Turns(), {}
    turns.follow(SimpleNamespace(events=SimpleNamespace(register=events.__setitem__)), running=True)
    box, press = made(lambda f: TrialFacts(results=(HELPED,)), turns), {"try": "KM203"}
    assert "a cell or another trial is running" in box.answer(press)
    events["pre_run_cell"](None)  # a cell within the cell
    events["post_run_cell"](None)
    assert "a cell or another trial is running" in box.answer(press)
    events["post_run_cell"](None)
    assert "It helps" in box.answer(press)
    with turns.mine():
        cell = threading.Thread(target=events["pre_run_cell"], args=(None,))
        cell.start()
        cell.join(0.1)
        assert cell.is_alive(), "waits until the trial has ended"
    cell.join(5)
    assert not cell.is_alive()


def test_columns_by_class_with_their_findings():
    diagnosis, box = table(), made(None)
    shown = box.answer({"column": "age"})
    assert "Distribution of age in the classes 0, 1" in shown
    assert diagnosis.findings[0].rule in shown
    kind = box.answer({"column": "<b>kind</b>"})
    assert "&lt;b&gt;kind&lt;/b&gt;" in kind
    assert "<b>kind</b>" not in kind
    assert "data:image/png" in box.answer({"column": "empty"})


def test_shares_per_class_add_up():
    ax = Explorer(table()).plot("<b>kind</b>").plot()
    heights = [sum(bar.get_height() for bar in group) for group in ax.containers]
    assert heights == pytest.approx([100, 100])


def test_a_continuous_target_is_drawn_against_the_column():
    ax = Explorer(table(classes=False)).plot("age").plot()
    x, y = ax.lines[0].get_data()
    np.testing.assert_allclose(y, 2 * x)


def test_without_a_notebook_or_columns_it_says_so():
    with pytest.raises(UsageError, match="controls need a notebook"):
        Report(table()).controls()
    with pytest.raises(UsageError, match="no columns"):
        Explorer(Diagnosis(kind="fit", run=Run(model=None, x=np.zeros((3, 2))), facts=Facts(data=DataFacts(kind="arrays"))))


def test_colab_is_asked_for_its_custom_widgets(monkeypatch):
    """Its documented protocol; elsewhere nothing is asked."""
    import sys

    from keras_magic.views import notebook

    notebook._allow_widgets()
    asked = []
    output = SimpleNamespace(enable_custom_widget_manager=lambda: asked.append(True))
    monkeypatch.setitem(sys.modules, "google.colab", SimpleNamespace(output=output))
    notebook._allow_widgets()
    assert asked == [True]
