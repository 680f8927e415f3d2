"""The parts of the campaign that train: each attempt is made from its seed alone."""

from __future__ import annotations

import contextlib
import random
from typing import Any

import keras
import numpy as np
import tensorflow as tf

import keras_magic as km
from tests.campaign.tally import ROWS, Tally, interrupted, small, states
from tests.watch import patterns, trainings

# ---------------------------------------------------------------- models, bit for bit


def models(seed: int, tally: Tally) -> None:
    """A random training twice, plain and watched: of random branches, or of a random network with random ways to train it."""
    r = random.Random(seed)
    if wrong := (_branches if r.random() < 0.4 else _training)(r):
        tally.note("differing bits", seed, wrong)
    else:
        tally.note("fine", seed)


def _branches(r: random.Random) -> str:
    known = patterns.branches()
    part = {name: known[name] for name in r.sample(sorted(known), 8)}
    how = {
        "dtype": r.choice(["float32", "float32", "mixed_float16", "mixed_bfloat16"]),
        "jit": r.random() < 0.2,
        "optimizer": r.choice(["adam", "sgd", "rmsprop", "adamw"]),
    }
    wrong = patterns.differing(part, **how)
    return wrong and f"{how}: {'; '.join(wrong)}"


def _training(r: random.Random) -> str:
    network, compiled, fit, data = _network(r), _compiled(r), _fit(r), r.choice(DATA)
    if compiled["jit_compile"] and compiled["run_eagerly"]:
        compiled["jit_compile"] = False
    if data != "arrays":
        fit = {name: value for name, value in fit.items() if name not in ("validation_split", "sample_weight", "batch_size")}
    if data == "generator":
        fit["steps_per_epoch"] = 6
    seconds, left = r.choice([None, 0, 0, 2]), []
    for way in ("plain", "watched"):
        trainings.reset_random_state(7)
        model = network()
        model.compile(**{**compiled, "optimizer": compiled["optimizer"]()})
        x, y = _data(data)
        given = {**fit, "callbacks": [made() for made in fit["callbacks"]], "verbose": 0}
        if way == "watched" and seconds is not None:
            report = km.diagnose(model, x, y, seconds=seconds, **given)
            history = report.history
        else:
            given["callbacks"] += [km.Watch()] if way == "watched" else []
            history = model.fit(x, y, **given)
        left.append(trainings.fingerprint(model, [history.history]))
    try:
        trainings.assert_identical(*left)
    except AssertionError as error:
        return f"seconds={seconds}, {data}, {compiled}, {fit}, {[type(layer).__name__ for layer in model.layers]}: {error}"
    return ""


DATA = ("arrays", "arrays", "dataset", "pydataset", "generator")


def _data(kind: str) -> Any:
    x, y = trainings.tables()
    made = {
        "arrays": lambda: (x, y),
        "dataset": lambda: (tf.data.Dataset.from_tensor_slices((x, y)).shuffle(96, seed=5).batch(16), None),
        "pydataset": lambda: (trainings.Frames(), None),
        "generator": lambda: (trainings.generator(), None),
    }
    return made[kind]()


def _network(r: random.Random) -> Any:
    known = patterns.activations()
    picks = [(r.choice([4, 8]), r.choice(sorted(known)), r.choice(MIDDLE), r.random() < 0.3) for _ in range(r.randint(1, 4))]
    dtype = r.choice(["float32", "float32", "float32", "mixed_float16", "mixed_bfloat16"])

    def network() -> keras.Model:
        keras.config.set_dtype_policy(dtype)
        try:
            h = inputs = keras.Input((6,))
            for units, activation, middle, skips in picks:
                new = middle(known[activation]()(keras.layers.Dense(units)(h)))
                h = keras.layers.Concatenate()([h, new]) if skips else new
            return keras.Model(inputs, keras.layers.Dense(3, activation="softmax", dtype="float32")(h))
        finally:
            keras.config.set_dtype_policy("float32")

    return network


MIDDLE = (
    lambda h: h,
    lambda h: keras.layers.Dropout(0.3)(h),
    lambda h: keras.layers.BatchNormalization()(h),
    lambda h: keras.layers.LayerNormalization()(h),
    lambda h: keras.layers.GaussianNoise(0.1)(h),
    lambda h: keras.layers.ActivityRegularization(l2=1e-3)(h),
    lambda h: keras.layers.GRU(4)(keras.layers.Reshape((2, -1))(h)) if h.shape[-1] % 2 == 0 else h,
    lambda h: keras.layers.Flatten()(keras.layers.Conv1D(3, 2, padding="same")(keras.layers.Reshape((-1, 1))(h))),
)
OPTIMIZERS = (
    lambda: keras.optimizers.Adam(0.01),
    lambda: keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True),
    lambda: keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.1, 12), clipnorm=1.0),
    lambda: keras.optimizers.AdamW(0.01, global_clipnorm=0.5),
    lambda: keras.optimizers.RMSprop(0.01, use_ema=True),
    lambda: keras.optimizers.Adam(0.01, gradient_accumulation_steps=2),
    lambda: keras.optimizers.Nadam(0.01, clipvalue=0.1),
    lambda: keras.optimizers.Lion(0.001),
)


def _compiled(r: random.Random) -> dict[str, Any]:
    return {
        "optimizer": r.choice(OPTIMIZERS),
        "loss": "sparse_categorical_crossentropy",
        "metrics": r.choice([None, ["accuracy"]]),
        "jit_compile": r.random() < 0.15,
        "run_eagerly": r.random() < 0.1,
        "steps_per_execution": r.choice([1, 1, 1, 3]),
    }


def _fit(r: random.Random) -> dict[str, Any]:
    callbacks = (
        lambda: keras.callbacks.ReduceLROnPlateau("loss", patience=1),
        lambda: keras.callbacks.EarlyStopping("loss", patience=1, restore_best_weights=True),
        lambda: keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.9),
        keras.callbacks.TerminateOnNaN,
    )
    fit: dict[str, Any] = {"epochs": r.choice([1, 2, 3]), "callbacks": r.sample(callbacks, r.choice([0, 0, 1, 2]))}
    fit |= r.choice([{}, {"batch_size": 16}, {"batch_size": 13}, {"validation_split": 0.2}])
    return fit | r.choice(
        [{}, {}, {"sample_weight": np.linspace(0.5, 2, trainings.ROWS)}, {"class_weight": {0: 1.0, 1: 3.0, 2: 2.0}}]
    )


# ---------------------------------------------------------------- interrupts


class _Pressed(keras.callbacks.Callback):
    def __init__(self, after: int) -> None:
        super().__init__()
        self.left = after

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


def interrupts(seed: int, tally: Tally) -> None:
    """Ctrl-C at a step, or at any moment, of a diagnosed fit, an audit, a search of the learning rate and a repair."""
    r = random.Random(seed)
    fit = keras.Model.fit
    whole = r.choice([_stopped_at_a_step, *[_stopped_anywhere] * 3])(r)
    if whole or keras.Model.fit is not fit:
        tally.note("differing bits", seed, whole or "fit is not Keras' own")
    else:
        tally.note("fine", seed)


def _stopped_at_a_step(r: random.Random) -> str:
    x = np.random.default_rng(0).normal(size=(ROWS, 4)).astype("float32")
    with contextlib.suppress(KeyboardInterrupt), km.watch(seconds=0) as report:
        small().fit(x, x[:, :1], batch_size=8, epochs=3, verbose=0, callbacks=[_Pressed(r.randint(1, 12))])
    stopped = bool(report.diagnoses) and report.diagnoses[0].facts.training.interrupted
    return "" if stopped else "an interrupt is not in the report"


def _stopped_anywhere(r: random.Random) -> str:
    """What is the user's is as before, or as a fit left it; and the model trains on."""
    x = np.random.default_rng(0).normal(size=(ROWS, 4)).astype("float32")
    y, model = (x[:, 0] > 0).astype("int32"), small()
    model.compile(keras.optimizers.SGD(1e-6), "binary_crossentropy")
    name = r.choice(["diagnose", "audit", "lr_find", "repair"])
    report = km.diagnose(model, x, y, epochs=1, verbose=0, seconds=0) if name == "repair" else None
    works = {
        "diagnose": lambda: km.diagnose(model, x, y, epochs=3, verbose=0, seconds=2),
        "audit": lambda: km.audit(x, y, model=model),
        "lr_find": lambda: km.lr_find(model, x, y, fast=True),
        "repair": lambda: report.repair(2),
    }
    before = _everything(model, x, y)
    interrupted(works[name], r.choice([0.0, 0.05, 0.3, 1.0, 3.0]) * r.random())
    after = _everything(model, x, y)
    moved = [part for part in before if before[part] != after[part] and not (name == "diagnose" and part in ("weights", "slots"))]
    if moved and not (name == "diagnose" and "data" not in moved):  # how far a fit came is not known
        return f"{name}: {', '.join(moved)} moved"
    model.fit(x, y, verbose=0)
    return ""


def _everything(model: keras.Model, *data: np.ndarray) -> dict[str, Any]:
    return {
        "weights": [w.tobytes() for w in model.get_weights()],
        "slots": [v.numpy().tobytes() for v in model.optimizer.variables],
        "random states": states(),
        "data": [part.tobytes() for part in data],
    }
