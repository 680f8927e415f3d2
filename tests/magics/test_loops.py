"""The magics on training loops without `fit`."""

from __future__ import annotations

import pytest

LOOP = """
import keras, numpy as np, tensorflow as tf
rows = np.random.default_rng(0).normal(size=(64, 5)).astype("float32")
sums = rows.sum(1)
own = keras.Sequential([keras.Input((5,)), keras.layers.Dense(4), keras.layers.Dense(1)])
opt = keras.optimizers.Adam(1e-2)
@tf.function
def own_step(x, y):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((y - own(x)) ** 2)
    opt.apply(tape.gradient(loss, own.trainable_variables), own.trainable_variables)
    return loss
batches = [(rows[k:k + 16], sums[k:k + 16]) for k in range(0, 64, 16)]
"""


def test_a_loop_in_a_cell_is_diagnosed_in_the_users_words(cell):
    assert cell(LOOP).success
    ran = cell("%%diagnose -o kept\nfor x, y in batches:\n    own_step(x, y)")
    assert ran.success
    (finding, *_) = ran.user_ns["kept"].findings
    assert finding.rule == "KM480"
    assert "The output of own has the shape (16, 1)" in finding.message


def test_the_rate_of_an_own_step_is_found_on_a_line(cell):
    assert cell(LOOP).success
    ran = cell("%lr_find step=own_step data=batches optimizer=opt trial_steps=10 --steps 20 -o kept_rate")
    assert ran.success
    assert ran.user_ns["kept_rate"].suggestion > 0
    assert cell("float(opt.learning_rate)").result == cell("float(np.float32(1e-2))").result


def test_what_needs_a_fit_says_so_in_one_line(cell):
    assert cell(LOOP + "\n").success
    assert cell("%%diagnose --quiet\nfor x, y in batches:\n    own_step(x, y)").success
    assert "%lr_find step=" in cell("%lr_find").out
    assert "cannot be run again on a copy" in cell("%repair 1").out


BY_HAND = """
weights = np.zeros(3)
for step in range(20):
    weights -= 0.1 * 2 * rows.T @ (rows @ weights - wanted) / len(rows)
"""


@pytest.mark.parametrize("code", ["total = 1 + 1", BY_HAND, "prediction = net(rows.astype('float32'))"])
def test_a_cell_that_trains_nothing_says_what_was_looked_for(cell, code):
    """Also a loop of plain NumPy, and a model that is only asked."""
    assert cell("import keras\nimport numpy as np\nrows, wanted = np.ones((8, 3)), np.ones(8)").success
    assert cell("net = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])").success
    ran = cell(f"%%diagnose\n{code}")
    assert ran.success
    (line,) = [line for line in ran.out.splitlines() if "%%diagnose" in line]
    for word in ("model.fit", "train_on_batch", "GradientTape", "Keras optimizer", "without Keras"):
        assert word in line
