"""What a repair says of itself, on a hand-made one."""

from __future__ import annotations

from keras_magic.facts import TrialFacts, TrialResult
from keras_magic.findings import Fix
from keras_magic.repair import Repair
from keras_magic.run import Run

FIX = Fix(name="scale-inputs", title="Scale <b>x</b>", code="x = scale(x)")
TRIED = TrialFacts(
    results=(
        TrialResult(name="widen", cause="tool", title="Widen it", before=0.1, after=0.05, gain=-0.05, kept=False),
        TrialResult(
            name="scale-inputs", cause="input-not-scaled", title="Scale <b>x</b>", before=0.1, after=0.9, gain=0.8, kept=True
        ),
        TrialResult(name="adam", cause="tool", title="Use Adam", before=0.1, failed="no memory", kept=False),
    )
)


def test_a_repair_shows_what_was_tried_kept_and_gained_with_the_code():
    repair = Repair(run=Run(model=None), trials=TRIED, code=FIX.code, kept=(FIX,), before=0.1, after=0.9, notes=("a note",))
    text, html = repair.to_text(), repair.to_html()
    for shown in (text, html):
        assert "Repaired with 1 change (score 0.10 → 0.90 in short trainings)" in shown
        assert "x = scale(x)" in shown
        assert "failed: no memory" in shown
        assert "a note" in shown
    assert "0.10 →  0.90  kept  Scale" in text
    assert "<b>x</b>" not in html, "titles are escaped"
    assert "Scale &lt;b&gt;x&lt;/b&gt;" in html
    assert "<b>0.90</b>" in html


def test_a_repair_that_helped_nothing_says_so_once():
    repair = Repair(run=Run(model=None), notes=("the network has learned",))
    assert repair.to_text() == "Nothing was changed: the network has learned"
    assert repair.to_html().count("the network has learned") == 1
    assert set(repair._repr_mimebundle_()) == {"text/html", "text/plain"}
