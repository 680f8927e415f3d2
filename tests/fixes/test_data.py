"""Fixes of data and of the arguments of fit: fitted on training rows, applied to validation, on every kind of source."""

from __future__ import annotations

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from keras import layers

from keras_magic import fixes
from keras_magic.errors import UnsupportedError
from tests.fixes.runs import branched, classified, classifier, everything, run_of


def regression(x, y, **fit):
    keras.utils.set_random_seed(3)
    width = x.shape[1:] if hasattr(x, "shape") else (4,)
    model = keras.Sequential([keras.Input(width), layers.Dense(8, activation="relu"), layers.Dense(1)])
    model.compile("adam", "mse")
    return run_of(model, x, y, epochs=1, batch_size=16, **fit)


def table(rows=100, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal([0, 100, -5, 1], [1, 50, 0.1, 3], (rows, 4))
    return x.astype("float32"), (x[:, 1] * 3 + 7).astype("float32")


def test_scaling_uses_training_rows_only_and_reaches_the_validation_data():
    x, y = table()
    x[80:] += 1000  # the tail that validation_split takes
    fixed = fixes.scale_inputs().apply(regression(x, y, validation_split=0.2))
    np.testing.assert_allclose(fixed.x[:80].mean(0), 0, atol=1e-4)
    np.testing.assert_allclose(fixed.x[:80].std(0), 1, atol=1e-4)
    apart = fixes.scale_inputs(method="minmax").apply(regression(x[:80], y[:80], validation_data=(x[80:], y[80:])))
    assert apart.x.min() == 0
    assert apart.x.max() == pytest.approx(1)
    assert apart.fit_arguments["validation_data"][0].min() > 1


def test_frames_stay_frames_and_nothing_of_the_users_changes():
    x, y = table()
    frame = pd.DataFrame(x, columns=list("abcd"), index=np.arange(100, 200))
    run = regression(frame, pd.Series(y))
    before = everything(run)
    fixed = fixes.scale_targets().apply(fixes.scale_inputs().apply(run))
    assert everything(run) == before
    assert list(fixed.x.columns) == list("abcd")
    assert fixed.x.index[0] == 100
    assert fixed.y.std() == pytest.approx(1, abs=0.02)
    fixed.fit()


def test_pipelines_and_pydatasets_are_wrapped():
    x, y = table()

    class Batches(keras.utils.PyDataset):
        def __len__(self):
            return 5

        def __getitem__(self, index):
            part = slice(20 * index, 20 * index + 20)
            return x[part], y[part]

    for source in (tf.data.Dataset.from_tensor_slices((x, y)).shuffle(50).batch(20), Batches()):
        run = regression(x, y).replace(x=source, y=None, fit_arguments={"verbose": 0, "epochs": 1})
        fixed = fixes.scale_targets().apply(run)
        batch = next(iter(fixed.x)) if hasattr(fixed.x, "element_spec") else fixed.x[0]
        assert abs(float(np.mean(batch[1]))) < 1
        layered = fixes.scale_inputs().apply(run)
        assert type(layered.model.layers[0]).__name__ == "Normalization"
        layered.fit()
        fixed.fit()


def test_token_inputs_are_left_alone_by_scaling():
    model = keras.Sequential([keras.Input((5,), dtype="int32"), layers.Embedding(9, 3), layers.Flatten(), layers.Dense(1)])
    model.compile("adam", "mse")
    run = run_of(model, np.ones((20, 5), int), np.ones(20))
    with pytest.raises(UnsupportedError, match="no input"):
        fixes.scale_inputs().apply(run)


def test_one_input_of_several():
    run = branched()
    fixed = fixes.scale_inputs(input="left").apply(run)
    assert fixed.x["right"] is run.x["right"]
    assert fixed.x["left"][:96].std() == pytest.approx(1, abs=0.01)
    fixed.fit(epochs=1)


def test_codes_become_one_hot_and_the_model_grows():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 5, 100)
    x = np.column_stack([codes, rng.normal(size=(100, 3))])
    fixed = fixes.encode_categoricals([0]).apply(regression(x, codes.astype(float), validation_split=0.2))
    assert fixed.x.shape == (100, 8)
    assert fixed.model.input_shape == (None, 8)
    fixed.fit()
    words = pd.DataFrame({"town": np.array(list("abcde"))[codes], "size": rng.normal(size=100)})
    run = regression(np.zeros((100, 2), "float32"), codes.astype(float)).replace(x=words)
    assert fixes.encode_categoricals(["town"]).apply(run).model.input_shape == (None, 6)


def test_columns_are_dropped_by_name_and_by_index():
    x, y = table()
    assert fixes.drop_columns([1, 3]).apply(regression(x, y)).model.input_shape == (None, 2)
    run = regression(x, y).replace(x=pd.DataFrame(x, columns=list("abcd")))
    np.testing.assert_allclose(fixes.drop_columns(["b"]).apply(run).x, x[:, [0, 2, 3]])


def test_gaps_sentinels_and_outliers():
    x, y = table()
    x[3, 0], x[5, 1], y[7] = np.nan, np.inf, np.nan
    x[:, 2] = np.nan
    fixed = fixes.drop_nonfinite().apply(regression(x, y))
    assert len(fixed.x) == len(fixed.y) == 99
    assert np.isfinite(fixed.x).all()
    x, y = table()
    x[:9, 1] = -999
    filled = fixes.replace_sentinels(-999, columns=[1]).apply(regression(x, y)).x
    assert filled[:9, 1].min() == pytest.approx(np.median(x[9:, 1]))
    x, y = table()
    y[:2], x[5, 0] = 1e6, 1e4
    fixed = fixes.drop_outliers().apply(regression(x, y))
    assert len(fixed.x) == 97
    assert fixed.y.std() == pytest.approx(1, abs=0.01)
    assert fixes.clip_outliers().apply(regression(x, y)).y.max() < 2000


def test_heavy_tails_are_bent_and_the_other_columns_stay():
    x, y = table(200)
    x[:, 1] = np.random.default_rng(0).pareto(1.2, 200)
    x[3, 1], x[4, 1] = np.nan, np.inf
    plain = regression(x, y, validation_data=(x[:50], y[:50]))
    stream = plain.replace(x=tf.data.Dataset.from_tensor_slices((x, y)).batch(200), y=None)
    for run in (plain, stream):
        fixed = fixes.power_transform([1]).apply(run)
        bent = next(iter(fixed.x))[0].numpy() if run is stream else fixed.x
        assert np.nanmax(np.abs(bent[:, 1])) < 4 < np.nanmax(x[np.isfinite(x[:, 1]), 1]) / 10
        np.testing.assert_array_equal(bent[:, [0, 2, 3]], x[:, [0, 2, 3]])
        np.testing.assert_array_equal(fixed.fit_arguments["validation_data"][0], bent[:50])


def test_axes_are_moved_and_a_wrong_reshape_undone():
    rng = np.random.default_rng(0)
    right = rng.normal(size=(30, 3, 8)).astype("float32")
    model = keras.Sequential([keras.Input((8, 3)), layers.Conv1D(4, 2), layers.Flatten(), layers.Dense(1)])
    model.compile("adam", "mse")
    fixed = fixes.transpose_inputs((1, 0), reshape=(3, 8)).apply(run_of(model, right.reshape(30, 8, 3), np.ones(30)))
    np.testing.assert_array_equal(fixed.x, right.transpose(0, 2, 1))
    swapped = fixes.transpose_inputs((1, 0)).apply(run_of(model, right.transpose(0, 2, 1), np.ones(30)))
    assert swapped.model.input_shape == (None, 3, 8)
    swapped.fit()


def test_ranges():
    x, y = table()
    run = regression(np.abs(x), y)
    np.testing.assert_allclose(fixes.divide_inputs(10).apply(run).x, np.abs(x) / 10, rtol=1e-6)
    undone = fixes.undo_scaling(low=0.0, high=255.0, current=(0.0, 1.0)).apply(run).x
    np.testing.assert_allclose(undone, np.abs(x) * 255, rtol=1e-5)


def labelled(y):
    x = np.random.default_rng(0).normal(size=(len(y), 6)).astype("float32")
    return run_of(classifier(), x, np.asarray(y), epochs=1, validation_data=(x[:4], np.asarray(y)[:4]))


def test_labels():
    eye = np.eye(3)[[0, 2, 1, 1]]
    assert fixes.labels_to_integers().apply(labelled(eye)).y.tolist() == [0, 2, 1, 1]
    one_hot = fixes.labels_to_one_hot(3).apply(labelled([0, 2, 1, 1]))
    np.testing.assert_array_equal(one_hot.y, eye)
    np.testing.assert_array_equal(one_hot.fit_arguments["validation_data"][1], eye)
    assert fixes.shift_labels(-1).apply(labelled([1, 2, 3, 3])).y.tolist() == [0, 1, 2, 2]
    assert fixes.map_labels().apply(labelled(["b", "a", "c", "a"])).y.tolist() == [1, 0, 2, 0]
    assert fixes.map_labels().apply(labelled([0.1, 0.5, 7.0, 0.1])).y.tolist() == [0, 1, 2, 0]
    assert fixes.labels_to_binary().apply(labelled([-1, 1, 1, -1])).y.tolist() == [0, 1, 1, 0]


def test_rows():
    run = classified(shuffle=False)
    order = np.argsort(run.y)
    run = run.replace(x=run.x[order], y=run.y[order])
    shuffled = fixes.shuffle_data().apply(run)
    assert shuffled.fit_arguments["shuffle"] is True
    assert len(np.unique(shuffled.y[-60:])) == 3
    stratified = fixes.stratify_split().apply(run)
    assert np.bincount(stratified.y[-60:]).tolist() == [round(c / 4) for c in np.bincount(run.y)]
    late = fixes.realign_labels(2).apply(run)
    np.testing.assert_array_equal(late.x, run.x[:-2])
    np.testing.assert_array_equal(late.y, run.y[2:])


def test_validation():
    run = classified()
    doubled = run.replace(x=np.concatenate([run.x, run.x[:60]]), y=np.concatenate([run.y, run.y[:60]])).with_fit(
        validation_split=0.2
    )
    apart = fixes.separate_validation().apply(doubled)
    assert len(apart.x) == 240
    assert apart.fit_arguments["validation_split"] == pytest.approx(0.25)
    shifted = run.with_fit(validation_split=0.0, validation_data=(run.x * 7 + 3, run.y))
    adjusted = fixes.rescale_validation().apply(shifted).fit_arguments["validation_data"][0]
    np.testing.assert_allclose(adjusted, run.x, atol=1e-3)
    stream = tf.data.Dataset.from_tensor_slices((run.x * 7 + 3, run.y)).batch(50)
    adjusted = fixes.rescale_validation().apply(shifted.with_fit(validation_data=stream)).fit_arguments["validation_data"]
    np.testing.assert_allclose(np.concatenate([x for x, _ in adjusted]), run.x[:240], atol=1e-3)
    targets = run.x[:, 0]
    both = run.replace(y=targets).with_fit(validation_split=0.0, validation_data=(run.x * 7 + 3, targets * 9 + 50))
    held = fixes.rescale_validation().apply(both).fit_arguments["validation_data"]
    np.testing.assert_allclose(held[1], targets, atol=1e-3)
    alike = both.with_fit(validation_data=(run.x * 7 + 3, targets + 0.5))
    np.testing.assert_array_equal(fixes.rescale_validation().apply(alike).fit_arguments["validation_data"][1], targets + 0.5)
    with pytest.raises(UnsupportedError, match="no validation_data"):
        fixes.rescale_validation().apply(run)


def test_arrays_in_a_dict_reach_the_inputs_of_their_keys():
    """`model.inputs` are sorted by key, the arrays stand in the order of the user's dict."""
    inputs = {key: keras.Input((1,), name=key) for key in ("user", "item", "hour")}
    model = keras.Model(inputs, layers.Dense(1)(layers.Concatenate()(list(inputs.values()))))
    model.compile("adam", "mse")
    rng = np.random.default_rng(0)
    x = {"user": rng.integers(0, 7, (60, 1)), "item": rng.integers(0, 5, (60, 1)), "hour": rng.normal(size=(60, 1))}
    fixed = fixes.encode_categoricals([0], input="user").apply(run_of(model, x, x["hour"][:, 0], epochs=1))
    assert {key: part.shape[1] for key, part in fixed.x.items()} == {"user": 7, "item": 1, "hour": 1}
    assert {t.name: t.shape[1] for t in fixed.model.inputs} == {"user": 7, "item": 1, "hour": 1}
    fixed.fit()
    scaled = keras.Model(inputs, layers.Dense(1)(layers.Concatenate()([layers.Rescaling(0.3)(inputs["user"]), inputs["item"]])))
    scaled.compile("adam", "mse")
    codes = fixes.encode_categoricals([0], input="user").apply(run_of(scaled, x, x["hour"][:, 0], epochs=1)).model
    assert not any(isinstance(part, layers.Rescaling) for part in codes.layers), "one-hot columns are 0 and 1"
    layer = fixes.scale_inputs(method="layer", input="hour").apply(run_of(model, x, x["hour"][:, 0], epochs=1)).model
    assert layer.get_layer("hour_normalization").input.name == "hour"


def test_scaled_ids_become_whole_again():
    ids = np.random.default_rng(0).integers(0, 240, (60, 12))
    model = keras.Sequential([keras.Input((12,)), layers.Embedding(240, 2), layers.Flatten(), layers.Dense(1)])
    model.compile("adam", "mse")
    for factor in (240, 255.0, 1000):
        run = run_of(model, (ids / factor).astype("float32"), np.ones(60))
        np.testing.assert_array_equal(fixes.restore_ids().apply(run).x, ids)
    with pytest.raises(UnsupportedError):
        fixes.restore_ids().apply(run.replace(x=np.random.default_rng(0).normal(size=(60, 12))))


def test_arguments_of_fit():
    run = classified()
    weights = fixes.balance_classes().apply(run).fit_arguments["class_weight"]
    assert sorted(weights) == [0, 1, 2]
    weighted = fixes.balance_classes({0: 2.0}).apply(run.with_fit(sample_weight=np.ones(240)))
    assert weighted.fit_arguments["sample_weight"][run.y == 0].tolist()[0] == 2
    assert weighted.fit_arguments["class_weight"] is None
    assert fixes.set_batch_size(8).apply(run).fit_arguments["batch_size"] == 8
    pipeline = tf.data.Dataset.from_tensor_slices((run.x, run.y)).batch(32)
    small = fixes.set_batch_size(8).apply(run.replace(x=pipeline, y=None, fit_arguments={"epochs": 1}))
    assert next(iter(small.x))[0].shape[0] == 8
    assert fixes.set_epochs(3).apply(run).fit_arguments["epochs"] == 3


def test_images_are_augmented_in_training_only():
    model = keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(), layers.Dense(1)])
    model.compile("adam", "mse")
    x = np.random.default_rng(0).normal(size=(16, 8, 8, 1)).astype("float32")
    fixed = fixes.augment_images().apply(run_of(model, x, np.ones(16), epochs=1))
    np.testing.assert_allclose(fixed.model.predict(x, verbose=0), model.predict(x, verbose=0), rtol=1e-5)
    fixed.fit()
    with pytest.raises(UnsupportedError, match="images"):
        fixes.augment_images().apply(classified())


def test_a_stream_says_that_rows_must_be_changed_where_it_is_made():
    run = classified()
    stream = run.replace(x=tf.data.Dataset.from_tensor_slices((run.x, run.y)).batch(8), y=None, fit_arguments={})
    with pytest.raises(UnsupportedError, match="must be arrays"):
        fixes.drop_outliers().apply(stream)
