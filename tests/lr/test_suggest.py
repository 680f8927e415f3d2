"""Rules on synthetic curves: pure functions of rates and losses."""

from __future__ import annotations

import numpy as np
import pytest

from keras_magic.lr import suggest
from keras_magic.lr.find import RULES
from keras_magic.lr.schedule import exponential, lattice
from keras_magic.lr.sweep import runaway
from keras_magic.lr.verify import Trial, Verification, band_of, choose, standard_errors

LRS = exponential(1e-7, 10, 100)


def curve(falls_at=1e-3, breaks_at=0.3, noise=0.0, scale=1.0, offset=0.0):
    """A textbook sweep: flat, falling by 1 around `falls_at`, running away beyond `breaks_at`."""
    random = np.random.default_rng(3)
    loss = 2 - 1 / (1 + (falls_at / LRS) ** 2) + np.clip(LRS / breaks_at, 0, 30) ** 3
    return offset + scale * (loss + noise * random.normal(size=len(LRS)))


def test_exponential_includes_both_ends():
    assert LRS[0] == pytest.approx(1e-7)
    assert LRS[-1] == pytest.approx(10)
    assert np.allclose(np.diff(np.log(LRS)), np.diff(np.log(LRS))[0])


def test_lattice_is_the_same_whatever_the_ends():
    assert np.allclose(lattice(2e-4, 0.02), [2e-4, 10**-3.5, 1e-3, 10**-2.5, 1e-2, 0.02])
    assert np.allclose(lattice(1e-4, 0.01), [1e-4, 10**-3.5, 1e-3, 10**-2.5, 1e-2])
    assert np.allclose(lattice(3e-4, 0.0105), [3e-4, 1e-3, 10**-2.5, 0.0105]), "an end takes the place of the rate beside it"
    assert set(np.round(np.log10(lattice(1e-5, 1)), 6)) <= set(np.round(np.log10(lattice(1e-7, 10)), 6))
    assert np.allclose(lattice(0.002, 0.0025), [0.002, np.sqrt(0.002 * 0.0025), 0.0025])


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
def test_rules_answer_between_start_and_divergence(rule):
    rate = rule(LRS, curve(noise=0.01))
    assert 1e-6 < rate < 0.3


@pytest.mark.parametrize("noise", [0.0, 0.02])
def test_ours_lands_where_the_loss_falls(noise):
    for falls in (1e-4, 1e-3, 1e-2):
        rate = suggest.single(LRS, curve(falls_at=falls, breaks_at=300 * falls, noise=noise))
        assert falls / 5 < rate < 50 * falls


@pytest.mark.parametrize("noise", [0.0, 0.02])
def test_halfway_is_where_half_of_the_descent_is_done(noise):
    for falls in (1e-4, 1e-3, 1e-2):
        assert falls / 2 < suggest.halfway(LRS, curve(falls_at=falls, breaks_at=300 * falls, noise=noise)) < 3 * falls


def test_ours_lies_within_its_anchors_and_ignores_scale_and_offset():
    plain = suggest.single(LRS, curve(noise=0.01))
    anchors = [LRS[suggest.lowest(LRS, curve(noise=0.01))] / 5, suggest.edge(LRS, curve(noise=0.01))]
    anchors.append(suggest.halfway(LRS, curve(noise=0.01)))
    assert min(anchors) < plain < max(anchors)
    assert suggest.single(LRS, curve(noise=0.01, scale=1000.0, offset=-2000.0)) == pytest.approx(plain)


def test_a_lucky_batch_early_on_does_not_pull_ours_down():
    losses = curve(noise=0.01)
    plain = suggest.single(LRS, losses)
    losses[3] -= 3.0
    assert suggest.single(LRS, losses) == pytest.approx(plain, rel=0.5)


def test_without_a_descent_there_is_no_halfway_yet_an_answer():
    flat = 2 + 0.05 * np.random.default_rng(1).normal(size=len(LRS)) + np.clip(LRS / 0.3, 0, 30) ** 3
    assert suggest.halfway(LRS, flat) is None
    assert 1e-7 <= suggest.single(LRS, flat) < 0.3


@pytest.mark.parametrize("name", ["minimum/10", "steepest", "valley", "edge/10"])
def test_scale_and_offset_of_the_loss_do_not_matter(name):
    plain = RULES[name](LRS, curve(noise=0.01))
    assert RULES[name](LRS, curve(noise=0.01, scale=1000.0)) == pytest.approx(plain)
    assert RULES[name](LRS, curve(noise=0.01, offset=-2.0)) == pytest.approx(plain, rel=0.3)


def test_edge_is_a_tenth_of_the_rate_that_breaks():
    assert 0.003 < suggest.edge(LRS, curve(breaks_at=0.3)) < 0.06
    assert suggest.edge(LRS, curve(breaks_at=3.0)) == pytest.approx(10 * suggest.edge(LRS, curve(breaks_at=0.3)), rel=0.5)


def test_minimum_is_a_tenth_of_the_lowest():
    smoothed = suggest.smooth(curve(), 0.98)[10:-5]
    assert suggest.minimum(LRS, curve()) == pytest.approx(LRS[10:-5][smoothed.argmin()] / 10)


def test_smoothing_is_unbiased_at_its_start():
    assert np.allclose(suggest.smooth(np.full(20, 3.0), 0.98), 3.0)


def test_short_curves_have_answers_or_none():
    for rule in RULES.values():
        rate = rule(LRS[:10], curve()[:10])
        assert rate is None or rate > 0


def test_runaway_measures_the_descent_not_the_loss():
    falling = np.linspace(0.0, -5.0, 40)  # negative losses, as with log likelihoods, are no reason to stop
    assert runaway(falling) > 0
    assert runaway(np.concatenate([falling, np.full(40, 30.0)])) is None
    assert runaway(np.concatenate([np.full(20, 1e-9), np.full(5, 1e-7)])) is None


# ---------------------------------------------------------------- choosing between short trainings


def trials(scores: dict[float, float]) -> list[Trial]:
    return [Trial(rate, np.full(20, min(s, 9e9)), 10, not np.isfinite(s)) for rate, s in scores.items()]


def test_the_lowest_ending_wins():
    assert choose(trials({1e-3: 1.0, 1e-2: 0.2, 1e-1: 0.9}), 2.0) == pytest.approx(1e-2, rel=0.1)


def test_a_rate_below_a_cliff_loses():
    assert choose(trials({3.2e-3: 0.25, 1e-2: 0.2, 3.2e-2: np.inf}), 2.0) == pytest.approx(3.2e-3, rel=0.1)


def test_near_ties_share_the_answer():
    scores = {1e-4: 1.5, 3.2e-4: 0.21, 1e-3: 0.18, 3.2e-3: 0.19, 1e-2: 1.9}
    assert 4e-4 < choose(trials(scores), 2.0) < 9e-4


def test_the_band_ends_where_the_loss_gets_worse():
    low, high = band_of(trials({1e-4: 1.5, 1e-3: 0.2, 1e-2: 0.21, 1e-1: 1.9}), 2.0)
    assert 5e-4 < low < 1e-3
    assert 1e-2 < high < 2e-2


def test_what_breaks_is_not_as_good_however_noisy():
    broken = Trial(1e-1, np.tile([0.0, 40.0], 10), 10)
    assert band_of([*trials({1e-3: 0.5, 1e-2: 0.2}), broken], 2.0)[1] < 0.03


def test_bracketed_means_that_both_neighbours_were_tried():
    rates = lattice(1e-4, 1e-1)
    tried = {10**-2.5: 0.5, 1e-2: 0.2}
    assert not Verification(trials(tried), rates=rates).bracketed
    assert Verification(trials({**tried, 10**-1.5: 0.9}), rates=rates).bracketed
    end = Verification(trials({**tried, 10**-1.5: 0.15, 1e-1: 0.1}), rates=rates)
    assert end.edge == "max"
    assert not end.bracketed


def test_verification_says_when_nothing_helps():
    flat = Verification(trials({1e-3: 1.0, 1e-2: 1.1}), untrained=np.full(10, 1.0))
    assert not flat.lowers_loss
    blind = Verification(trials({1e-3: 0.5, 1e-2: 0.6}), untrained=np.linspace(0.9, 1.1, 10), dependence=0.4)
    assert blind.lowers_loss
    assert blind.learns is False


def test_standard_errors_of_pairs():
    assert standard_errors(np.full(10, 0.1)) > 100
    assert abs(standard_errors(np.array([-1.0, 1.0, -1.0, 1.0]))) < 1e-9


def test_a_slope_above_is_no_cliff_and_a_hole_no_neighbour():
    slope = {1e-3: 0.6, 3.2e-3: 0.2, 1e-2: 0.8}  # a third of the descent lost half a decade further up
    assert choose(trials(slope), 2.0) == pytest.approx(3.2e-3, rel=0.15)
    hole = {1e-3: 1.5, 3.2e-3: 0.2, 1e-1: np.inf}  # what breaks lies far above
    assert choose(trials(hole), 2.0) == pytest.approx(3.2e-3, rel=0.1)


def test_a_sweep_that_never_falls_starts_below_where_it_breaks():
    flat = 2 + 0.05 * np.random.default_rng(1).normal(size=len(LRS)) + np.clip(LRS / 0.3, 0, 30) ** 3
    assert not suggest.falls(LRS, flat)
    assert 0.1 < suggest.runs_away(LRS, flat) < 0.6
    assert 0.01 < suggest.single(LRS, flat) < 0.06


def test_a_sweep_that_neither_falls_nor_breaks_was_too_low():
    still = 2 + 0.05 * np.random.default_rng(1).normal(size=len(LRS))
    assert suggest.runs_away(LRS, still) is None
    assert suggest.single(LRS, still) == LRS[-1]
    assert suggest.edge_of_range(LRS, still, *LRS[[0, -1]]) == "max"


def test_the_end_of_the_range_is_told_from_a_minimum_inside():
    assert suggest.edge_of_range(LRS, curve(falls_at=1.0, breaks_at=1e3, noise=0.01), *LRS[[0, -1]]) == "max"
    assert suggest.edge_of_range(LRS, curve(noise=0.01), *LRS[[0, -1]]) is None
    assert suggest.edge_of_range(LRS, curve(noise=0.01), 1.0, LRS[-1]) == "min"
    assert suggest.edge_of_range(LRS[:60], curve(falls_at=1.0, breaks_at=1e3)[:60], *LRS[[0, -1]]) is None  # ended before


def test_rates_are_told_with_two_digits():
    assert suggest.two_digits(0.0031415) == 0.0031
    assert suggest.two_digits(12.7) == 13
