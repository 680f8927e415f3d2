"""Both curves of the validation score, before and after a fix."""

from __future__ import annotations

from keras_magic.views import compare

BEFORE = {"loss": (0.7, 0.69), "val_loss": (0.7, 0.7), "val_accuracy": (0.5, 0.51)}
AFTER = {"loss": (0.6, 0.2), "val_loss": (0.5, 0.2), "val_accuracy": (0.7, 0.96)}


def test_the_metric_of_the_user_is_drawn_where_both_have_it():
    assert compare.shared_score(BEFORE, AFTER) == "val_accuracy"
    assert compare.shared_score({k: v for k, v in BEFORE.items() if k != "val_accuracy"}, AFTER) == "val_loss"
    assert compare.shared_score({"loss": (1.0,)}, AFTER) == "loss"
    assert compare.shared_score({}, AFTER) is None
    assert compare.to_html({}, AFTER) is None


def test_the_words_and_the_picture_say_the_same():
    html = compare.to_html(BEFORE, AFTER)
    assert html.count("Validation accuracy: 0.51 before, 0.96 after") == 2, "as a line, and for those who cannot see the picture"
    ax = compare.plot("val_accuracy", BEFORE["val_accuracy"], AFTER["val_accuracy"]).plot()
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["before (0.51)", "after (0.96)"]


def test_a_loss_that_is_nan_is_said_and_leaves_a_gap():
    nan = {"val_loss": (1.0, float("nan"))}
    assert "Validation loss: NaN before, 0.2 after" in compare.to_html(nan, AFTER)
