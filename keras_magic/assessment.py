"""Shared readings of the facts: has it learned, is it still falling, when was it best. Pure and small."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from statistics import fmean, median

from keras_magic.facts import (
    LayerFacts,
    LayerSeries,
    ModelFacts,
    NonfiniteEvent,
    OptimizerFacts,
    OutcomeFacts,
    TrainingFacts,
    TrialResult,
)

HUGE = 10_000.0  # gradient norm at the first step beyond which a network explodes from the start
GOOD = 0.85  # a skill that needs no excuse
POOR = 0.6  # below it a network has failed even where nothing is known of what could be reached
FAIR = 0.8  # share of the attainable skill from which a network has learned a good part
FAR_BEYOND = 0.2  # by which a network is better than simple models that are no match for it
PROVEN = 0.1  # a gain in skill that a fix must reach in its trial, beyond its spread
CLOSE = 0.05  # skills closer than this are the same


def skill_of(outcome: OutcomeFacts | None) -> float | None:
    """Skill on validation rows, else on training rows, else None."""
    if outcome is None:
        return None
    return outcome.validation if outcome.validation is not None else outcome.train


def attainable_of(outcome: OutcomeFacts | None) -> float | None:
    """What a simple reference model reaches on held-out rows."""
    return None if outcome is None else outcome.attainable


def has_learned(outcome: OutcomeFacts | None) -> bool:
    """The network does well, in itself or against what simple models reach on the same rows."""
    skill = skill_of(outcome)
    if skill is None or outcome is None:
        return False
    if outcome.attainable is None:
        return skill >= GOOD
    if outcome.reference_is_lower_bound:
        return skill >= GOOD or (skill >= POOR and skill > outcome.attainable + FAR_BEYOND)
    return skill >= max(0.2, outcome.attainable - (2 * CLOSE if skill >= GOOD else CLOSE))


def is_failing(outcome: OutcomeFacts | None, training: TrainingFacts | None = None) -> bool:
    """It has not learned, as far as could be measured; a training that raised or ended in NaN failed as well."""
    if training is not None and (training.exception or training.nonfinite):
        return True
    skill = skill_of(outcome)
    if skill is None or outcome is None or has_learned(outcome):
        return False
    if outcome.reference_is_lower_bound:
        return skill < max(POOR, (outcome.attainable or 0.0) - CLOSE)
    return outcome.attainable is not None or skill < POOR


def helped(result: TrialResult) -> bool:
    """The fix gained more than its noise and more than a trifle."""
    return gain_of(result) > max(PROVEN, result.spread)


def gain_of(result: TrialResult) -> float:
    """Gain in skill above the trivial answer: to be no longer worse than trivial is no gain."""
    if result.before is None or result.after is None:
        return 0.0
    return max(0.0, result.after) - max(0.0, result.before)


def learned_nothing(outcome: OutcomeFacts | None, little: float = 0.05) -> bool:
    """It does no better than the trivial answer on the rows that it was trained on."""
    return outcome is not None and outcome.train is not None and outcome.train < little


def not_finite(training: TrainingFacts | None, outcome: OutcomeFacts | None = None) -> bool:
    """Loss, weights or predictions are NaN or infinite at the end of the training."""
    if training is None:
        return False
    losses, event = training.history.get("loss", ()), training.nonfinite
    spoilt = event is not None and event.kind in ("loss", "weight")
    return spoilt or len(finite(losses)) < len(losses) or (outcome is not None and outcome.nonfinite > 0)


def before_any_step(training: TrainingFacts | None) -> bool:
    """The first batch gave NaN or infinity before its update: no learning rate is to blame."""
    event = training.nonfinite if training else None
    return event is not None and event.step <= 1 and event.kind != "weight"


def is_poor(outcome: OutcomeFacts | None) -> bool:
    """Far from what could be reached; an outcome that was not measured counts as poor."""
    skill = skill_of(outcome)
    if skill is None or outcome is None:
        return True
    return skill < max(POOR, FAIR * (outcome.attainable or 1.0))


def is_uncertain(outcome: OutcomeFacts) -> bool:
    """More rows are right than the skill says: the probabilities have hardly left the uniform answer."""
    recalls, skill = outcome.per_class_recall.values(), skill_of(outcome)
    if len(recalls) < 2 or skill is None:
        return False
    chance = 1 / len(recalls)
    return skill < (fmean(recalls) - chance) / (1 - chance) - CLOSE


def train_gap(outcome: OutcomeFacts | None) -> float:
    """How much better it does on training than on validation rows (0 when unknown)."""
    if outcome is None or outcome.train is None or outcome.validation is None:
        return 0.0
    return outcome.train - outcome.validation


def scheduled(model: ModelFacts | None) -> str | None:
    """Class name of an optimizer whose rate a schedule holds, so that it can't be set; else None."""
    optimizer = model.optimizer if model else None
    return optimizer.name if optimizer is not None and optimizer.schedule else None


def finite(values: Sequence[float]) -> list[float]:
    return [v for v in values if v is not None and math.isfinite(v)]


def curve(training: TrainingFacts, name: str) -> list[float]:
    """An epoch curve without its non-finite values."""
    return finite(training.history.get(name, ()))


def tail_slope(values: Sequence[float], share: float = 0.25) -> float:
    """Relative fall over the last `share` of a curve, per whole fall so far: about `share` when it falls steadily, 0 when flat."""
    values = finite(values)
    if len(values) < 3:
        return 0.0
    k = max(1, round(len(values) * share))
    total = max(values) - min(values)
    if total <= 0:
        return 0.0
    return (fmean(values[-2 * k : -k] or values[:1]) - fmean(values[-k:])) / total


def few_updates(training: TrainingFacts | None, epochs: int = 5, left: float = 0.05, usual: float = 0.99) -> bool:
    """A training so brief that no usual moving average has left its start: Keras' default momentum still holds over 5 % of it.

    Then predictions of a BatchNormalization say nothing of the network, and only more updates are wanted.
    """
    return training is not None and 0 < training.epochs_done <= epochs and usual**training.steps_done > left


def hardly_trained(training: TrainingFacts) -> bool:
    """No update, or too few of them to tell what the network can do."""
    return not training.steps_done or few_updates(training)


def left_of_start(layer: LayerFacts, steps: int) -> float:
    """Share of their start values, 0 and 1, that the moving averages of a BatchNormalization still hold after `steps` updates."""
    momentum = layer.options.get("momentum")
    moves = layer.kind == "BatchNormalization" and layer.trainable and steps > 0 and not pretrained_statistics(layer)
    return float(momentum) ** steps if moves and isinstance(momentum, (int, float)) else 0.0


def pretrained_statistics(layer: LayerFacts) -> bool:
    """Its moving averages were no longer 0 and 1 when the training began."""
    mean, variance = (layer.weight_stats.get(k, {}) for k in ("moving_mean", "moving_variance"))
    return bool(mean) and (mean.get("absmean", 0.0) != 0.0 or variance.get("std", 0.0) != 0.0 or variance.get("mean", 1.0) != 1.0)


def lowered(training: TrainingFacts, share: float = 0.1) -> bool:
    """The loss fell in the training, by the epochs' means or by the true losses of its batches."""
    losses, change = curve(training, "loss"), loss_change(training)
    fell = len(losses) > 1 and losses[0] - min(losses) > share * abs(losses[0])
    return fell or (change is not None and change < 1 - share)


def fades(training: TrainingFacts, model: ModelFacts | None, little: float = 0.01, share: float = 0.5) -> list[int]:
    """The last epochs (1-based), at whose ends the learning rate was below `little` of its highest; none where they are few."""
    rates, optimizer = training.learning_rates, model.optimizer if model else None
    if len(rates) < 2 or optimizer is None:
        return []
    top = top_rate(training, optimizer)
    faded = list(itertools.takewhile(lambda epoch: rates[epoch - 1] < little * top, range(len(rates), 0, -1)))[::-1]
    return faded if len(faded) >= share * len(rates) else []


def top_rate(training: TrainingFacts, optimizer: OptimizerFacts) -> float:
    """The highest learning rate of the training and of its schedule."""
    return max(optimizer.peak or 0.0, optimizer.learning_rate or 0.0, *training.learning_rates)


def best_epoch(values: Sequence[float]) -> int:
    """1-based epoch of the lowest value."""
    return min(range(len(values)), key=lambda i: values[i]) + 1


def loss_change(training: TrainingFacts) -> float | None:
    """Median of the last tenth of the true losses / the first loss; None if unknown. Above 1: it got worse."""
    losses = finite(training.losses)
    if len(losses) < 5 or not training.initial_loss or not math.isfinite(training.initial_loss):
        return None
    last = since(training.losses, training.loss_steps, 0.9)
    return median(last if len(last) > 3 else losses[-3:]) / abs(training.initial_loss)


def roughness(training: TrainingFacts) -> float:
    """Step-to-step jumps of the true losses in the second half, relative to their level above the best (0 when unknown)."""
    half = since(training.losses, training.loss_steps, 0.5)
    if len(half) < 8:
        return 0.0
    jumps = median(abs(b - a) for a, b in itertools.pairwise(half))
    level = median(half)
    return jumps / abs(level) if level else 0.0


def loss_leap(training: TrainingFacts) -> float:
    """The highest true loss in units of the first one (0 when unknown)."""
    losses = finite(training.losses)
    return max(losses) / losses[0] if losses and losses[0] > 0 else 0.0


def since(values: Sequence[float], steps: Sequence[int], share: float) -> list[float]:
    """The finite values of a series after this share of the training."""
    return [v for v, at in _placed(values, steps) if at > share]


def early(values: Sequence[float], steps: Sequence[int], share: float = 0.25, least: int = 3) -> list[float]:
    """The finite values of a series in the first quarter of the training: what it did before anything died or converged."""
    placed = _placed(values, steps)
    return [v for number, (v, at) in enumerate(placed) if at <= share or number < least]


def _placed(values: Sequence[float], steps: Sequence[int]) -> list[tuple[float, float]]:
    """Each finite value with the share of the series' steps that had run; a series may be denser at its start."""
    steps = steps if len(steps) == len(values) else range(1, len(values) + 1)
    return [(v, step / steps[-1]) for v, step in zip(values, steps, strict=True) if v is not None and math.isfinite(v)]


def early_update(training: TrainingFacts) -> float | None:
    """|update| / |weights| in the first quarter: median over steps, largest over layers; None when not measured."""
    medians = [median(v) for layer in training.layers if (v := early(layer.update_ratio, layer.steps))]
    return max(medians, default=None)


def explosion(training: TrainingFacts | None, growth: float = 1000.0, huge: float = HUGE) -> tuple[str, float, float] | None:
    """(layer, first and largest gradient norm) where gradients grow without bound or start huge; else None."""
    series = [(layer.name, g) for layer in training.layers if (g := finite(layer.gradient_norm))] if training else []
    if training is None or not series:
        return None
    name, norms = max(series, key=lambda pair: max(pair[1]))
    first, top = max(norms[0], 1e-12), max(norms)
    blown = training.nonfinite is not None and training.nonfinite.kind in ("gradient", "weight") and top > 10 * first
    return (name, first, top) if blown or (top > growth * first and top > 10) or first > huge else None


def dead_share(training: TrainingFacts, at: int = -1) -> float:
    """Largest share of dead units over the layers, at the last (or first, `at=0`) sample."""
    return max((v[at] for layer in training.layers if (v := dead_units_of(layer, training.nonfinite))), default=0.0)


def dead_units_of(layer: LayerSeries, event: NonfiniteEvent | None) -> list[float]:
    """Shares of dead units while all numbers were finite: NaN is no value above zero, and no sign of a dead unit."""
    steps = layer.activation_steps if len(layer.activation_steps) == len(layer.dead) else range(1, len(layer.dead) + 1)
    return finite([dead for step, dead in zip(steps, layer.dead, strict=True) if event is None or step < event.step])


def score(value: float | None) -> str:
    """A skill or an accuracy with two decimals; what rounds to zero has no sign."""
    return "?" if value is None else f"{round(value, 2) + 0.0:.2f}"


def percent(value: float) -> str:
    return f"{100 * value:.0f} %" if abs(value) >= 0.095 or value == 0 else f"{100 * value:.1g} %"


def about(value: float | None) -> str:
    """A measured quantity to two digits: `number` for what is not known more precisely."""
    return number(value and float(f"{value:.2g}"))


def number(value: float | None, digits: int = 3) -> str:
    """A number as a person would write it: whole ones as they are, others with so many digits that matter."""
    if value is None:
        return "?"
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else f"{'-' if value < 0 else ''}infinity"
    if value == 0 or (float(value).is_integer() and abs(value) < 1e6):
        return f"{int(value):,}"
    rounded = float(f"{value:.{digits}g}")
    if 1e-3 <= abs(rounded) < 1e6:
        return f"{rounded:,.0f}" if abs(rounded) >= 10**digits else f"{rounded:.{digits}g}"
    mantissa, power = f"{value:.{min(digits, 2) - 1}e}".split("e")
    return f"{mantissa.removesuffix('.0')}e{int(power)}"


def centre(mean: float | None, std: float | None, digits: int = 3) -> str:
    """A mean as `number` writes it; 0 where only rounding keeps it from that."""
    return "0" if mean is not None and std and abs(mean) < 1e-6 * std else number(mean, digits)


def numbers_apart(one: float, other: float) -> tuple[str, str]:
    """Two numbers that end at the same place, the second digit of their difference: ("13", "0"), ("1.6", "-0.1")."""
    gap, largest = abs(one - other), max(abs(one), abs(other))
    if not math.isfinite(gap) or not gap or (gap > 0.1 * largest and not 1e-3 <= gap < 1e6):
        return number(one), number(other)
    decimals = 1 - math.floor(math.log10(gap))
    first, second = (f"{round(value, decimals) + 0.0:,.{max(0, decimals)}f}" for value in (one, other))
    return first, second


def course(first: float, last: float) -> str:
    """What a quantity did from its first value to its last or largest, in words that these numbers bear out."""
    a, b = number(first), number(last)
    if a == b:
        return f"is {a} from the first step on"
    return f"{'rises' if last > first else 'falls'} from {a} to {b}"


def skill_text(outcome: OutcomeFacts | None) -> str:
    """The outcome in words, for messages: 'accuracy 0.31 (majority class alone: 0.30)' or 'R² 0.12'."""
    if outcome is None:
        return ""
    for part in ("validation", "train"):
        if part in outcome.accuracy:
            kind = "validation" if part == "validation" else "training"
            alone = score(outcome.accuracy["majority"])
            doubt = " with low confidence" if is_uncertain(outcome) else ""
            return f"{kind} accuracy {score(outcome.accuracy[part])}{doubt} (the largest class alone gives {alone})"
    skill = skill_of(outcome)
    if skill is None:
        return ""
    part = "validation" if outcome.validation is not None else "training"
    return f"{part} R² {score(skill)}" if outcome.task == "regression" else f"{part} score {score(skill)} of 1"


def reached(outcome: OutcomeFacts) -> str:
    """What was reached on training and validation rows, in the terms of the task: "100 % right in training, 80 % in validation"."""
    shares = [outcome.accuracy.get(part) for part in ("train", "validation")]
    if None not in shares:
        return f"{percent(shares[0] or 0.0)} right in training, {percent(shares[1] or 0.0)} in validation"
    kind = "R²" if outcome.task == "regression" else "score"
    return f"{kind} {score(outcome.train)} in training, {score(outcome.validation)} in validation"
