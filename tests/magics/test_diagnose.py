"""`%%diagnose` runs the cell as if it were not there, and reports under it."""

from __future__ import annotations

import numpy as np

FIT = "net.fit(X_train, labels, epochs=1, verbose=0)"


def test_namespace_last_expression_and_report(cell):
    ran = cell(f"%%diagnose -o kept --seconds 0\nhistory = {FIT}\nseen = len(history.history['loss'])\nseen + 41")
    assert ran.success
    assert ran.result == 42
    assert ran.user_ns["seen"] == 1
    assert ran.user_ns["kept"].history is ran.user_ns["history"]
    assert ran.user_ns["kept"].verdict in " ".join(ran.out.split())


def test_trains_bit_for_bit_as_without(cell):
    source = "keras.utils.set_random_seed(3); net = network(); net.fit(X_train, labels, epochs=2, verbose=0)"
    cell(source)
    plain = cell("net.get_weights()").result
    cell(f"%%diagnose --quiet\n{source};")
    for mine, theirs in zip(cell("net.get_weights()").result, plain, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_fit_inside_a_function_and_two_fits(cell):
    ran = cell(f"%%diagnose -o kept --quiet --seconds 0\ndef train():\n    {FIT}\n\ntrain()\n{FIT};")
    assert ran.success
    (diagnosis,) = ran.user_ns["kept"].diagnoses
    assert diagnosis.facts.story.fits == 2


def test_names_of_the_user_are_known(cell):
    ran = cell(f"%%diagnose -o kept --quiet --seconds 0\n{FIT};")
    assert ran.user_ns["kept"].diagnoses[0].run.names == {"model": "net", "x": "X_train", "y": "labels"}


def test_an_error_of_the_training_is_the_users_with_the_report_above(cell):
    ran = cell("%%diagnose -o kept --seconds 0\nseen = 1\nnet.fit(X_train, labels[:7], verbose=0)")
    assert not ran.success
    assert isinstance(ran.error, ValueError)
    assert ran.user_ns["seen"] == 1
    assert ran.user_ns["kept"].exception is ran.error
    assert ran.out.index("Training stopped with ValueError") < ran.out.index("Traceback (most recent call last)")
    assert "net.fit(X_train, labels[:7], verbose=0)" in ran.out, "the traceback shows the user's line"
    assert "keras_magic/" not in ran.out, "and none of ours"


def test_an_error_before_any_fit_is_shown_alone(cell):
    ran = cell("%%diagnose\n1 / 0")
    assert isinstance(ran.error, ZeroDivisionError)
    assert "saw no training" not in ran.out


def test_an_interrupt_keeps_the_report_and_stops_the_cell(cell):
    ran = cell(
        "%%diagnose -o kept --seconds 0\n"
        "class Stop(keras.callbacks.Callback):\n"
        "    def on_train_batch_end(self, batch, logs=None):\n"
        "        if batch == 2:\n"
        "            raise KeyboardInterrupt\n"
        "net.fit(X_train, labels, epochs=3, verbose=0, callbacks=[Stop()])\n"
        "seen = 1"
    )
    assert isinstance(ran.error, KeyboardInterrupt)
    assert "seen" not in ran.user_ns
    assert "You interrupted the training" in ran.user_ns["kept"].verdict
    assert "You interrupted the training" in ran.out


def test_stacks_with_time_both_ways(cell):
    for source in (f"%%time\n%%diagnose --quiet --seconds 0\n{FIT};", f"%%diagnose --quiet --seconds 0\n%%time\n{FIT};"):
        ran = cell(source)
        assert ran.success
        assert "Wall time" in ran.out


def test_a_semicolon_silences_the_value(cell):
    assert cell(f"%%diagnose --quiet --seconds 0\n{FIT};").result is None


def test_without_training(cell):
    before = cell("net.get_weights()").result
    ran = cell(f"%%diagnose --train no -o kept\n{FIT};")
    assert ran.success
    assert ran.user_ns["kept"].diagnoses[0].kind == "preflight"
    assert ran.user_ns["kept"].history is None
    for mine, theirs in zip(cell("net.get_weights()").result, before, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_quiet_says_one_line(cell):
    ran = cell(f"%%diagnose --quiet -o kept --seconds 0\n{FIT};")
    assert ran.out.strip() == ran.user_ns["kept"].verdict


def test_html_goes_to_a_file(cell, tmp_path):
    assert cell(f"%%diagnose --quiet --seconds 0 --html {tmp_path}/r.html\n{FIT};").success
    assert (tmp_path / "r.html").read_text("utf-8").startswith("<!doctype html>")


def test_choice_of_checks(cell):
    assert cell(f"%%diagnose --show KM7 -o kept --seconds 0\n{FIT};").success
    assert {f.rule[:3] for f in cell("kept").result.findings} <= {"KM7"}


def test_a_cell_without_fit_says_what_to_do(cell):
    ran = cell("%%diagnose\nseen = 5")
    assert ran.success
    assert ran.user_ns["seen"] == 5
    assert "saw no training" in ran.out
    assert "model.fit" in ran.out


def test_our_fault_is_one_line_and_the_cell_goes_on(cell, monkeypatch):
    def broken(self):
        raise RuntimeError("no paint left")

    monkeypatch.setattr("keras_magic.report.Report.to_text", lambda self, **_: broken(self))
    ran = cell(f"%%diagnose --seconds 0\nseen = {FIT}\n7")
    assert ran.success
    assert ran.result == 7
    assert "KM903 keras_magic could not show its report (RuntimeError: no paint left)" in ran.out


def test_the_users_own_usage_error_stays_theirs(cell):
    ran = cell("%%diagnose\nimport keras_magic\nraise keras_magic.UsageError('mine')")
    assert type(ran.error).__module__ == "keras_magic.errors"
