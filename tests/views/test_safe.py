"""Names are data in every view: nothing hidden gets through, and nothing fills the page."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import keras_magic as km
from keras_magic.views.safe import TEXT, WORD, shown

HIDDEN = "\x00\x07\x08\x1b\x7f\x9b\u200b\u200e\u202e\u2066\ufeff\U000e0041"


@pytest.mark.parametrize("sign", HIDDEN)
def test_hidden_characters_are_dropped(sign):
    assert shown({f"a{sign}b": [f"c{sign}d", {"message": f"e{sign}f"}]}) == {"ab": ["cd", {"message": "ef"}]}


def test_long_words_and_texts_are_cut_and_code_is_not():
    given = {"where": "x" * 10_000, "message": "word " * 10_000, "code": "y" * 10_000, "n": 3, "none": None}
    cut = shown(given)
    assert len(cut["where"]) <= WORD
    assert len(cut["message"]) <= TEXT + 1
    assert cut["code"] == given["code"]
    assert (cut["n"], cut["none"]) == (3, None)


def test_names_that_are_cut_alike_stay_two():
    assert len(shown({"x" * 500: 1, "x" * 600: 2})) == 2


@pytest.fixture(scope="module")
def report():
    rng = np.random.default_rng(0)
    label = rng.integers(0, 2, 300)
    name = f"start{HIDDEN}\n\x1b[2J" + "n" * 100_000
    frame = pd.DataFrame({name: label * 1000.0, f"{name}2": rng.normal(size=300) * 1e6, "constant": 1.0})
    return km.audit(frame, label)


@pytest.mark.parametrize("view", ["to_html", "to_markdown", "to_text"])
def test_views_of_hostile_names(report, view):
    page = getattr(report, view)()
    assert report.findings
    assert "start" in page
    assert not set(HIDDEN) & set(page)
    assert len(page) < 400_000
