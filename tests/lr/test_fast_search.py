"""What fast mode makes of its very short trainings: pure functions of rates and losses."""

from __future__ import annotations

from dataclasses import replace

import keras
import numpy as np
import pytest

from keras_magic.lr import suggest
from keras_magic.lr.fast_search import FastSearch, following_rate, sweep_steps, weighed
from keras_magic.lr.optimizer import gentle_rate, momentum_of
from keras_magic.lr.schedule import exponential
from keras_magic.lr.sweep import Sweep
from keras_magic.lr.verify import Trial

LRS = exponential(1e-7, 10, 60)


def trials(scores: dict[float, float]) -> list[Trial]:
    return [Trial(rate, np.full(10, min(score, 9e9)), 5, not np.isfinite(score)) for rate, score in scores.items()]


def curve(falls_at=1e-3, breaks_at=0.3, noise=0.0):
    """A sweep in five rounds over the same twelve batches."""
    batches = noise * np.random.default_rng(3).normal(size=12)
    loss = 2 - 1 / (1 + (falls_at / LRS) ** 2) + np.clip(LRS / breaks_at, 0, 30) ** 3
    return loss + np.resize(batches, len(LRS))


def brief(losses, **scores) -> FastSearch:
    return FastSearch(Sweep(LRS, losses, losses, cycle=12), 1e-7, 10.0, trials=trials(scores.get("scores", {})))


def test_the_sweep_gets_all_steps_where_too_few_were_left():
    assert sweep_steps(100) == 60
    assert sweep_steps(80) == 48
    assert sweep_steps(50) == 50


def test_where_nothing_was_seen_to_fall_a_step_stays_gentle():
    flat = 2 + 0.01 * np.sin(2.0 * np.arange(len(LRS)))
    closer = Sweep(LRS[20:], flat[20:], flat[20:])
    bold = FastSearch(Sweep(LRS, flat, flat, cycle=12), 1e-7, 10.0, closer=closer)
    assert bold.choice > 0.1
    assert replace(bold, gentle=0.03).choice == pytest.approx(0.03)
    plateau = trials({0.1: 1.999, 0.32: 2.0, 1.0: 2.1})
    assert replace(bold, gentle=0.03, trials=plateau, closer=None).choice == pytest.approx(0.03)
    falling = curve(falls_at=0.1, breaks_at=9)
    learned = FastSearch(Sweep(LRS, falling, falling, cycle=12), 1e-7, 10.0, 0.03, trials=trials({0.1: 1.5, 0.32: 1.0, 1.0: 1.2}))
    assert learned.choice > 0.1


def test_momentum_has_not_built_up_in_a_very_short_training():
    losses = curve(falls_at=0.1, breaks_at=9)
    scores = trials({0.1: 1.5, 0.32: 1.0, 1.0: 1.2})
    without = FastSearch(Sweep(LRS, losses, losses, cycle=12), 1e-7, 10.0, trials=scores).choice
    heavy = FastSearch(Sweep(LRS, losses, losses, cycle=12), 1e-7, 10.0, momentum=0.9, trials=scores).choice
    assert heavy / without == pytest.approx(1 - np.mean(0.9 ** np.arange(6, 11)))


@pytest.mark.parametrize(
    ("optimizer", "momentum"),
    [(keras.optimizers.SGD(momentum=0.8), 0.8), (keras.optimizers.RMSprop(momentum=0.5), 0.5), (keras.optimizers.Adam(), 0.0)],
)
def test_momentum_that_adds_up(optimizer, momentum):
    assert momentum_of(optimizer) == momentum
    assert momentum_of(keras.optimizers.LossScaleOptimizer(optimizer)) == momentum


def test_a_fall_that_the_batches_hide_is_read_in_pairs():
    clear = curve(falls_at=1e-2, breaks_at=0.5)
    batches = np.resize(0.4 * (-1.0) ** np.arange(12), len(LRS))
    hidden = FastSearch(Sweep(LRS, clear + batches, clear, cycle=12), 1e-7, 10.0)
    assert not suggest.falls(LRS, clear + batches)
    assert hidden.proposed_in_pairs == pytest.approx(FastSearch(Sweep(LRS, clear, clear, cycle=12), 1e-7, 10.0).proposed, rel=0.5)


@pytest.mark.parametrize(("optimizer", "share"), [("adam", 0.2), ("rmsprop", 0.2), ("sgd", np.inf), ("adagrad", np.inf)])
def test_a_gentle_step_moves_the_weights_by_a_fifth_of_their_size(optimizer, share):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8), keras.layers.Dense(8)])
    model.compile(optimizer, "mse")
    first, second = np.full((4, 8), 0.5), np.full((8, 8), -0.1)
    model.set_weights([first, np.full(8, 7.0), second, np.zeros(8)])
    assert gentle_rate(model) == pytest.approx(share * 0.3)


def test_rates_are_tried_around_the_proposed_then_around_the_best():
    assert following_rate({}, 5, 10) == 5
    assert following_rate({5: 1.0}, 5, 10) == 6
    assert following_rate({5: 1.0, 6: 2.0}, 5, 10) == 4
    assert following_rate({5: 1.0, 6: 2.0, 4: 0.5}, 5, 10) == 3
    assert following_rate({5: 1.0, 6: 0.5, 4: 2.0}, 5, 10) == 7
    assert following_rate({9: 1.0, 8: 2.0}, 9, 10) == 7
    assert following_rate({0: 1.0}, 0, 1) is None


def test_the_lowest_ending_near_the_proposed_rate_wins():
    rate = weighed(trials({1e-3: 1.5, 3.2e-3: 1.0, 1e-2: 0.5, 3.2e-2: 0.9}), 2.0, proposed=1e-2)
    assert rate == pytest.approx(1e-2, rel=0.5)


def test_a_rate_below_a_cliff_loses():
    assert weighed(trials({3.2e-3: 0.55, 1e-2: 0.5, 3.2e-2: np.inf}), 2.0, proposed=1e-2) < 5e-3


def test_ties_leave_the_answer_to_the_sweep():
    assert weighed(trials({1e-3: 0.5, 3.2e-3: 0.5, 1e-2: 0.5}), 2.0, proposed=2e-3) == pytest.approx(2e-3, rel=0.15)


def test_what_breaks_in_a_few_steps_is_left_though_the_sweep_proposed_it():
    losses = curve(breaks_at=3.0)
    proposed = brief(losses).proposed
    broken = brief(losses, scores={proposed * 10 ** (k / 2): 1.2 if k < 0 else np.inf for k in (-2, -1, 0, 1)})
    assert broken.choice < proposed / 3
    everything = brief(losses, scores={proposed: np.inf, proposed / 3: np.inf})
    assert everything.choice == pytest.approx(proposed / 3 / 10**0.5)


def test_a_descent_within_the_noise_says_little():
    losses = curve(noise=0.3)
    proposed = brief(losses).proposed
    untrained = losses[:10][-5:].mean()
    near = {proposed / 3.2: untrained - 0.01, proposed: untrained, proposed * 3.2: untrained}
    assert brief(losses, scores=near).choice == pytest.approx(proposed, rel=0.3)


def test_on_a_plateau_the_answer_stays_where_the_sweep_saw_it_but_below_what_breaks():
    losses = curve(noise=0.01)
    proposed = brief(losses).proposed
    untrained = losses[:10][-5:].mean()
    plateau = {proposed * 10 ** (k / 2): untrained + 0.002 * k for k in (-3, -2, -1, 0)}
    assert brief(losses, scores=plateau).choice == pytest.approx(proposed, rel=0.5)
    assert brief(losses, scores=plateau | {proposed: untrained + 9.0}).choice < proposed / 3


def test_each_batch_is_compared_with_its_own_first_loss():
    lucky = curve(falls_at=1e9, noise=1.0)  # never falls, but some batches are easy
    assert not suggest.falls_in_pairs(LRS, lucky, 12)
    assert suggest.falls_in_pairs(LRS, curve(noise=0.5), 12)
    assert not suggest.falls_in_pairs(LRS, 1000 + curve(), 12), "a thousandth of the loss is a plateau"


def test_the_second_sweep_is_read_when_it_is_long_enough():
    flat = brief(curve(falls_at=1e9, noise=0.05))
    first = flat.proposed
    rates, batches = exponential(1e-3, 1, 40), 0.05 * np.random.default_rng(1).normal(size=8)
    flat.closer = Sweep(rates[:5], np.ones(5), np.ones(5), cycle=8)
    assert flat.proposed == first
    flat.closer = Sweep(rates, 2 + np.clip(rates / 0.05, 0, 30) ** 3 + np.resize(batches, 40), rates, cycle=8)
    assert 1e-3 < flat.proposed < first / 2
    assert flat.source == "two sweeps"
