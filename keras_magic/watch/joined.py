"""The facts of several fits of one model, one after the other, as those of one training."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from keras_magic.facts import LayerSeries, NonfiniteEvent, TrainingFacts

LOSSES, SAMPLES = 2000, 256
_SERIES = ("gradient_norm", "weight_norm", "update_ratio")
_ACTIVATIONS = ("activation_mean", "activation_std", "dead", "saturated")


def join(first: TrainingFacts, second: TrainingFacts) -> TrainingFacts:
    """One course of both: `second` went on where `first` had ended.

    Steps of `second` are counted on. Curves that only one of them has are left out, for they would not lie on one axis of epochs.
    Batch losses and series of layers keep their bounded length, however many fits are joined.
    """
    offset = first.steps_done
    steps = (*first.loss_steps, *(s + offset for s in second.loss_steps))
    loss_steps, losses = _thinned(LOSSES, steps, first.losses + second.losses)
    shared = [name for name in first.history if name in second.history]
    return replace(
        second,
        epochs_asked=first.epochs_asked + second.epochs_asked,
        epochs_done=first.epochs_done + second.epochs_done,
        steps_per_epoch=second.steps_per_epoch if first.steps_per_epoch == second.steps_per_epoch else None,
        steps_done=offset + second.steps_done,
        batch_size=max(first.batch_size or 0, second.batch_size or 0) or None,
        has_validation=any(name.startswith("val_") for name in shared),
        callbacks=tuple(dict.fromkeys((*first.callbacks, *second.callbacks))),
        restored_epoch=None if second.restored_epoch is None else first.epochs_done + second.restored_epoch,
        history={name: first.history[name] + second.history[name] for name in shared},
        loss_steps=loss_steps,
        losses=losses,
        initial_loss=first.initial_loss,
        layers=_layers(first.layers, second.layers, offset),
        nonfinite=first.nonfinite or _later(second.nonfinite, offset),
        noise_scale=second.noise_scale if second.noise_scale is not None else first.noise_scale,
        learning_rates=first.learning_rates + second.learning_rates,
        seconds=first.seconds + second.seconds,
        seconds_per_epoch=first.seconds_per_epoch + second.seconds_per_epoch,
        epoch_steps=first.epoch_steps + second.epoch_steps,
        overhead=_overhead(first, second),
        missing=tuple(dict.fromkeys((*first.missing, *second.missing))),
    )


def _overhead(first: TrainingFacts, second: TrainingFacts) -> float | None:
    """The share of both together."""
    known = [(t.overhead, t.seconds) for t in (first, second) if t.overhead is not None]
    total = sum(seconds for _, seconds in known)
    return sum((share or 0.0) * seconds for share, seconds in known) / total if total else None


def _later(event: NonfiniteEvent | None, offset: int) -> NonfiniteEvent | None:
    return None if event is None else replace(event, step=event.step + offset)


def _thinned(most: int, *series: Sequence[Any]) -> tuple[tuple[Any, ...], ...]:
    """Every n-th element of series of one length, so that at most `most` are left; the last one stays."""
    length = len(series[0])
    if length <= most:
        return tuple(tuple(s) for s in series)
    stride = math.ceil(length / most)
    return tuple(tuple(s[(length - 1) % stride :: stride]) for s in series)


def _layers(first: Sequence[LayerSeries], second: Sequence[LayerSeries], offset: int) -> tuple[LayerSeries, ...]:
    """Series of the layers that both know; else those of the one that has them."""
    before = {layer.name: layer for layer in first}
    if not second:
        return tuple(first)
    return tuple(_layer(before[s.name], s, offset) if s.name in before else _shifted(s, offset) for s in second)


def _shifted(layer: LayerSeries, offset: int) -> LayerSeries:
    return replace(
        layer,
        steps=tuple(s + offset for s in layer.steps),
        activation_steps=tuple(s + offset for s in layer.activation_steps),
    )


def _layer(first: LayerSeries, second: LayerSeries, offset: int) -> LayerSeries:
    second = _shifted(second, offset)
    return replace(second, **_series(first, second, "steps", _SERIES), **_series(first, second, "activation_steps", _ACTIVATIONS))


def _series(first: LayerSeries, second: LayerSeries, steps: str, names: Sequence[str]) -> dict[str, Any]:
    """The series over one axis of steps; those that one fit did not measure are left out."""
    whole = [n for n in names if all(len(getattr(part, n)) == len(getattr(part, steps)) for part in (first, second))]
    axis, *values = _thinned(
        SAMPLES, getattr(first, steps) + getattr(second, steps), *(getattr(first, n) + getattr(second, n) for n in whole)
    )
    return {**dict.fromkeys(names, ()), steps: axis, **dict(zip(whole, values, strict=True))}
