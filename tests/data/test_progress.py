"""How far an audit is, and the line that says it."""

from __future__ import annotations

import functools

import numpy as np
import pytest

import keras_magic as km
from keras_magic.errors import UsageError
from keras_magic.views import progress

X, Y = np.random.default_rng(0).normal(size=(40_000, 3)).astype("float32"), np.arange(40_000) % 2


def test_shares_rise_to_the_end():
    told = []
    km.audit(X, Y, validation_data=(X[:500], Y[:500]), progress=lambda *given: told.append(given))
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[-1] == 1
    assert any("training rows read" in text for _, text in told)
    assert "500 validation rows read" in told[-1][1]


def test_what_is_no_function_is_refused():
    with pytest.raises(UsageError, match="progress must be a function"):
        km.audit(X, Y, progress=True)


def seen(out: str) -> str:
    """What a terminal shows after these characters."""
    screen = ""
    for part in out.split("\r"):
        screen = part + screen[len(part) :]
    return screen


def test_one_line_is_written_over_itself_and_taken_away(capsys):
    line = progress.ProgressLine(after=0, every=0)
    line(0.5, "a long text of many words")
    line(0.75, "short")
    shown = capsys.readouterr().out
    assert seen(shown).rstrip().endswith("75 % · short")
    assert "\n" not in shown
    line.clear()
    assert seen(shown + capsys.readouterr().out).strip() == ""


def test_what_is_quick_shows_nothing(capsys):
    assert progress.with_progress(km.audit)(X[:100], Y[:100], select=["KM1"]) is not None
    assert capsys.readouterr().out == ""


def test_the_line_is_gone_after_an_error_too(capsys, monkeypatch):
    monkeypatch.setattr(progress, "ProgressLine", functools.partial(progress.ProgressLine, after=0))

    def broken(progress):
        progress(0.3, "reading")
        raise UsageError("no")

    with pytest.raises(UsageError):
        progress.with_progress(broken)()
    out = capsys.readouterr().out
    assert "30 % · reading" in out
    assert seen(out).strip() == ""
