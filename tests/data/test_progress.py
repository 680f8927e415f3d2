"""How far an audit is, and the line that says it."""

from __future__ import annotations

import functools
import signal

import numpy as np
import pytest

import keras_magic as km
from keras_magic.errors import UsageError
from keras_magic.sources import batches, statistics
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


def test_an_interrupt_ends_the_reading_and_what_was_read_is_reported():
    def stop(share, text):
        if "rows read" in text:
            signal.raise_signal(signal.SIGINT)

    data = km.audit(X, Y, progress=stop).diagnoses[0].facts.data
    assert 0 < data.rows_seen < len(X)
    assert data.sampled
    assert f"Reading was stopped by you: {data.rows_seen:,} training rows were looked at." in data.notes
    assert data.inputs[0].count == 3 * data.rows_seen


def test_an_interrupt_within_a_batch_waits_for_its_end(monkeypatch):
    """Else the statistics of its columns would count rows that the others have not seen."""
    calls, own = [], statistics.Moments.update

    def update(self, block):
        calls.append(1)
        if len(calls) == 3:
            signal.raise_signal(signal.SIGINT)
        return own(self, block)

    monkeypatch.setattr(statistics.Moments, "update", update)
    data = km.audit(X, Y).diagnoses[0].facts.data
    assert 0 < data.rows_seen < len(X)
    assert data.inputs[0].count == 3 * data.rows_seen


def test_an_interrupt_before_anything_was_read_is_one_clear_line(monkeypatch):
    def stop(*given):
        raise KeyboardInterrupt

    monkeypatch.setattr("keras_magic.sources.data._read_batches", stop)
    with pytest.raises(KeyboardInterrupt, match="the audit was stopped by you"):
        km.audit(X, Y)


def test_large_images_are_audited_within_the_seconds(monkeypatch):
    """Whether y is shifted is a question of the first rows in full size: left out where the time is not enough, and said so."""
    x = np.random.default_rng(0).integers(0, 255, (300, 256, 256, 3)).astype("uint8")
    taken, own = [], batches.ArraySource.take
    monkeypatch.setattr(batches.ArraySource, "take", lambda self, rows: taken.append(rows) or own(self, rows))
    hurried = km.audit(x, np.arange(300) % 2, seconds=0.5).diagnoses[0].facts.data
    assert any(note.startswith("Whether y is shifted against x was not looked at: it takes about") for note in hurried.notes)
    assert not any(isinstance(rows, slice) and rows.stop == 300 for rows in taken)
    patient = km.audit(x, np.arange(300) % 2, seconds=60).diagnoses[0].facts.data
    assert not any("shifted" in note for note in patient.notes)


def test_wide_rows_are_summed_up_at_once():
    x = np.random.default_rng(0).normal(size=(40, 50_000)) * 1e3 + 1e4
    x[3, :7] = np.nan
    x[5, 9] = np.inf
    whole, finite = statistics.Moments(x.shape[1]).update(x).total(without={0}), x[:, 1:][np.isfinite(x[:, 1:])]
    assert (whole.count, whole.nan, whole.inf) == (finite.size, 6, 1)
    assert (whole.min, whole.max) == (finite.min(), finite.max())
    assert np.allclose([whole.mean[0], whole.std[0]], [finite.mean(), finite.std()])
