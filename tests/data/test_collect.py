"""What one pass over the data finds: planted defects, odd inputs, nothing on clean data."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pandas as pd
import pytest

from keras_magic.engine import judge
from keras_magic.errors import UsageError
from keras_magic.facts import BrokenOff, Facts, LayerFacts
from keras_magic.run import Run
from keras_magic.sources.data import collect_data
from keras_magic.testing import run_rule
from tests.calls import calls
from tests.data.planted import ROWS, causes, clean, clean_sets, collect, head, planted

PLANTED = planted()


@pytest.mark.parametrize("defect", PLANTED, ids=[d.name for d in PLANTED])
def test_planted_defects_are_found(defect):
    assert defect.cause in causes(*defect.data, **defect.options)


@pytest.mark.parametrize("seed", range(4))
def test_clean_data_draws_nothing(seed):
    found = {name: causes(*data, **options) for name, (data, options) in clean_sets(seed).items()}
    assert {name: what for name, what in found.items() if what} == {}


def test_pixels_are_no_codes():
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(y))
    assert causes((x / 16).astype("float32")[order], y[order], validation_split=0.2) <= {"constant-feature"}


def test_nothing_of_the_users_is_changed():
    x, y = clean()
    x.flags.writeable = y.flags.writeable = False
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    collect(x, y, validation_split=0.2)
    assert np.array_equal(np.random.get_state()[1], state)  # noqa: NPY002


def test_blas_has_its_threads_back():
    from threadpoolctl import threadpool_info

    before = [(p["filepath"], p["num_threads"]) for p in threadpool_info()]
    collect(*clean(200))
    assert [(p["filepath"], p["num_threads"]) for p in threadpool_info()][: len(before)] == before


def test_memory_does_not_grow_with_the_rows():
    peaks = []
    for rows in (150_000, 600_000):
        x = np.zeros((rows, 20), "float32")
        x[:, 0] = np.arange(rows)
        tracemalloc.start()
        collect(x)
        peaks.append(tracemalloc.get_traced_memory()[1] / 2**20)
        tracemalloc.stop()
    assert peaks[1] < 48
    assert peaks[1] < 2 * peaks[0] + 8


def test_small_data_costs_little():
    x, y = clean(3000)
    collect(x, y)
    assert calls(lambda: collect(x, y, validation_split=0.2)) < 60_000


@pytest.mark.parametrize(
    ("y", "form"),
    [
        (np.arange(90) % 2, "binary"),
        (np.arange(90) % 2 * 2 - 1, "signs"),
        ((np.arange(90) % 3)[:, None], "integer"),
        (np.eye(3)[np.arange(90) % 3], "one-hot"),
        (np.array([[1, 1, 0], [0, 0, 1], [0, 0, 0]] * 30), "multi-hot"),
        (np.full((90, 4), 0.25), "probabilities"),
        (np.linspace(0, 1, 90), "continuous"),
        (np.array(["a", "b", "c"] * 30), "strings"),
        (np.array(["a", "b", "c"] * 30, dtype=object), "strings"),
        (np.ones(90), "single"),
        (np.ones((90, 4, 4), int), "sequence"),
    ],
)
def test_forms_of_targets(y, form):
    assert collect(np.random.default_rng(0).normal(size=(90, 2)), y).targets[0].form == form


def test_autoencoder_targets():
    x = np.random.default_rng(0).normal(size=(90, 5))
    target = collect(x, x.copy()).targets[0]
    assert (target.form, target.equals_input) == ("like-input", "x")


@pytest.mark.parametrize(
    ("x", "role"),
    [
        (np.zeros((9, 5)), "table"),
        (np.zeros(9), "table"),
        (np.zeros((9, 30, 3)), "sequence"),
        (np.zeros((9, 28, 28), "uint8"), "image"),
        (np.zeros((9, 32, 32, 3)), "image"),
        (np.zeros((9, 3, 32, 32)), "image"),
        (np.random.default_rng(0).integers(1, 5000, (9, 40)), "tokens"),
        (np.array(["a b", "c"] * 9), "text"),
    ],
)
def test_roles_of_inputs(x, role):
    assert collect(x, np.arange(len(x)) % 2).inputs[0].role == role


def test_tokens_are_known_by_their_layer():
    model = head(scales_inputs={"x": "Embedding"}, layers=(LayerFacts(name="e", kind="Embedding"),))
    assert collect(np.arange(60.0).reshape(20, 3), np.arange(20) % 2, model).inputs[0].role == "tokens"


@pytest.mark.parametrize(
    "x",
    [
        pd.DataFrame({"when": pd.date_range("2024-01-01", periods=40), "a": range(40)}),
        np.ones(40) * 1j,
        np.array([{"a": 1}] * 40, dtype=object),
    ],
    ids=["dates", "complex", "objects"],
)
def test_what_is_no_number_is_named(x):
    assert "preprocessing-mismatch" in causes(x, np.arange(40) % 2)


def test_empty_data_is_named():
    assert "too-little-data" in causes(np.empty((0, 3)), np.empty(0))
    with pytest.raises(UsageError, match=r"no columns: its shape is \(50, 0\)"):
        causes(np.empty((50, 0)), np.arange(50) % 2)


def test_numbers_in_object_arrays_are_read():
    x = np.array([[1, None], [2.5, 3]] * 30, dtype=object)
    facts = collect(x, np.arange(60) % 2).inputs[0]
    assert (facts.nan, facts.max) == (30, 3.0)


def test_a_stream_that_breaks_ends_the_pass():
    def broken():
        yield np.ones((4, 2)), np.ones(4)
        raise OSError("disk gone")

    facts = collect(broken())
    assert (facts.rows_seen, facts.sampled) == (4, True)
    assert facts.broken == (BrokenOff(part="training", batch=2, rows=4, error="OSError: disk gone"),)
    (finding,) = judge(Facts(data=facts), select=["KM119"], strict=True).findings
    assert "Batch 2 of the training data raised OSError: disk gone; only the 4 rows before" in finding.message


def test_batches_that_do_not_fit_are_named():
    batches = iter([(np.ones((4, 2)), np.ones(4)), (np.ones((4, 2, 2)), np.ones(4))])
    with pytest.raises(UsageError, match="batch 2"):
        collect(batches)


def test_endless_streams_are_sampled():
    def endless():
        while True:
            yield np.ones((64, 2), "float32"), np.ones(64)

    facts = collect(endless())
    assert facts.rows is None
    assert facts.sampled
    assert facts.rows_seen >= 1000
    assert "rows were looked at" in facts.notes[0]


def test_a_pipeline_that_is_not_read_is_no_empty_one(monkeypatch):
    tf = pytest.importorskip("tensorflow")
    monkeypatch.setattr("keras_magic.keras_adapter.tf_data.COPY_LIMIT", 100)
    x, y = clean(200)
    data = tf.data.Dataset.from_tensor_slices((x, y)).batch(10).shuffle(20).unbatch().batch(10)
    facts = collect(data)
    assert facts.rows_seen == 0
    assert "was not read" in facts.notes[0]
    assert causes(data, None) == set()


def test_dates_words_and_gaps_of_a_frame_are_told_apart():
    frame = pd.DataFrame(
        {
            "a": np.arange(40.0),
            "When": pd.date_range("2024-01-01", periods=40),
            "City": ["x", "y"] * 20,
            "Gap": pd.array([1, None] * 20, dtype="Int64"),
        }
    )
    facts = collect(frame, np.arange(40) % 2).inputs[0]
    assert {c.name: c.kind for c in facts.columns} == {"a": "", "When": "dates", "City": "words", "Gap": ""}
    assert (facts.nan, facts.count) == (20, 80)


def test_values_beyond_float32_are_found():
    assert "nonfinite-input" in causes(clean()[0].astype("float64") * 1e300, clean()[1])


def test_padded_ids_are_tokens():
    x = np.zeros((60, 12), "int32")
    for i, row in enumerate(x):
        row[: 2 + i % 9] = 1 + (np.arange(2 + i % 9) * 7 + i) % 40
    assert collect(x, np.arange(60) % 2).inputs[0].role == "tokens"


def test_rows_are_no_more_than_asked_for():
    x, y = clean()
    facts = collect_data(Run(model=None, x=x, y=y), rows=100)
    assert (facts.rows, facts.rows_seen, facts.sampled) == (ROWS, 100, True)


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (({"a": np.ones((4, 2))}, np.ones(3)), "a has 4 rows, y has 3 rows"),
        (({"b": np.ones((4, 2))}, np.ones(4)), "keys"),
        (({"a": np.ones((4, 2))},), "0 arrays in y"),
    ],
)
def test_batches_unlike_the_first_are_named(second, message):
    with pytest.raises(UsageError, match=f"batch 2 of the training data does not fit: .*{message}"):
        collect(iter([({"a": np.ones((4, 2))}, np.ones(4)), second]))


@pytest.mark.parametrize("x", [[], {}, np.zeros(4, [("a", "f4")])], ids=["list", "dict", "structured"])
def test_what_holds_no_array_is_refused(x):
    with pytest.raises(UsageError):
        collect(x, np.zeros(4))


def test_lengths_of_weights_and_validation_are_compared():
    x, y = clean()
    assert "misaligned-labels" in causes(x, y, sample_weight=np.ones(ROWS - 1))
    assert "misaligned-labels" in causes(x, y, validation_data=(clean(90, 7)[0], clean(89, 7)[1]))


def test_frames_of_polars_keep_their_names():
    pl = pytest.importorskip("polars")
    x, y = clean()
    frame = pl.DataFrame({"a": x[:, 0], "b": [None, *x[1:, 1].tolist()], "c": np.arange(ROWS) % 2 == 0})
    facts = collect(frame, pl.Series(y))
    assert facts.kind == "dataframe"
    assert [(c.name, c.nan) for c in facts.inputs[0].columns] == [("a", 0), ("b", 1), ("c", 0)]
    mixed = frame.with_columns(town=pl.lit("x"), day=pl.Series(pd.date_range("2024-01-01", periods=ROWS)))
    assert [c.kind for c in collect(mixed, y).inputs[0].columns] == ["", "", "", "words", "dates"]


def images_with(channel):
    colours = np.random.default_rng(0).uniform(0, 1, (60, 12, 12, 3))
    return np.concatenate([colours, channel], -1).astype("float32")


def test_channels_of_images_are_told_apart():
    """Colours beside a depth in millimetres; a channel that never changes."""
    depth = images_with(np.random.default_rng(1).uniform(400, 4000, (60, 12, 12, 1)))
    (fact,) = collect(depth, np.arange(60) % 2).inputs
    assert [round(c.std or 0, 1) for c in fact.channels[:3]] == [0.3, 0.3, 0.3]
    assert fact.channels[3].max == pytest.approx(4000, rel=0.01)
    (unscaled,) = run_rule("KM203", data=collect(depth, np.arange(60) % 2))
    assert "Channel 3 of x varies by" in unscaled.message
    assert "Normalization" in unscaled.fix.code
    opaque = collect(images_with(np.ones((60, 12, 12, 1))), np.arange(60) % 2)
    assert "Channel 3 of x has the same value" in run_rule("KM201", data=opaque)[0].message
    assert not run_rule("KM203", data=opaque)
