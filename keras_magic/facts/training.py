"""What was seen while training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class LayerSeries:
    """One layer over time; all tuples have the length of `steps` of the series they belong to (NaN where not measured).

    Args:
        steps: 1-based step numbers of the weight and gradient samples; activation_steps: those of the activation samples.
        gradient_norm, weight_norm: Euclidean norms over all the layer's trainable variables; update_ratio: norm of the last
            update / norm of the weights (kernels only).
        activation_mean, activation_std: over the sampled batch; dead: fraction of *units* that are zero (ReLU family) for every
            row of the sampled batch; saturated: fraction of values beyond 99 % of a bounded activation's range (sigmoid, tanh,
            softmax).
    """

    name: str
    kind: str
    activation: str | None = None
    steps: tuple[int, ...] = ()
    gradient_norm: tuple[float, ...] = ()
    weight_norm: tuple[float, ...] = ()
    update_ratio: tuple[float, ...] = ()
    activation_steps: tuple[int, ...] = ()
    activation_mean: tuple[float, ...] = ()
    activation_std: tuple[float, ...] = ()
    dead: tuple[float, ...] = ()
    saturated: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True)
class NonfiniteEvent:
    """The first NaN or infinity: step (1-based), kind ("activation" | "loss" | "gradient" | "weight"), layer or None."""

    step: int
    kind: str
    layer: str | None = None


@dataclass(frozen=True, kw_only=True)
class TrainingFacts:
    """What was seen while `fit` ran.

    Args:
        epochs_asked, epochs_done, steps_per_epoch, steps_done: as they were; batch_size: rows per step (None if unknown).
        shuffle, validation_split: as given to fit; callbacks: class names of the user's callbacks.
        class_weight: as given; has_sample_weight, has_validation: bool.
        history: epoch logs as Keras reports them: name -> values ("loss", "val_loss", "accuracy", ...).
        loss_steps, losses: step numbers and *true* losses of sampled batches (not Keras' running means).
        initial_loss: true loss of the first batch.
        layers: one `LayerSeries` per layer that was watched.
        nonfinite: first event or None.
        noise_scale: gradient noise scale in rows (McCandlish et al. 2018), None if not measured; compare with the batch size.
        learning_rates: rate at the end of each epoch, where it could be read.
        epoch_steps: steps that each epoch had.
        seconds, seconds_per_step (median), seconds_per_epoch; input_share: share of a step's time spent waiting for data.
        seconds_to_trace: that the first step took beyond a later one, per trace; None where this was not seen.
        interrupted: the user interrupted; exception: {"type", "message"} of what fit raised, or None.
        overhead: the watcher's own estimate of its cost, as a share of the training time.
        callback_settings: one mapping per callback of Keras that follows a metric: {"class", "monitor", "falls" (a lower value
            counts as better), "patience", "stopped_epoch", "factor", "min_lr"}, as far as it has them.
        restored_epoch: index into `history` of the epoch whose weights a callback puts back at the end; None for the last.
        idle_statistics: BatchNormalization layers that may learn and whose moving averages are still exactly 0 and 1 at the end.
        unmoved: "layer/weight" of trainable matrices that hold exactly their initial values at the end.
        never_cleared: trained variables whose gradients a `train_step` reads from variables that it only ever adds to.
        missing: what could not be measured, and why; sampling: sentence on how samples were taken.
    """

    epochs_asked: int = 1
    epochs_done: int = 0
    steps_per_epoch: int | None = None
    steps_done: int = 0
    batch_size: int | None = None
    shuffle: bool | str = True
    validation_split: float = 0.0
    has_validation: bool = False
    has_sample_weight: bool = False
    class_weight: Mapping[Any, float] | None = None
    callbacks: tuple[str, ...] = ()
    callback_settings: tuple[Mapping[str, Any], ...] = ()
    restored_epoch: int | None = None
    history: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    loss_steps: tuple[int, ...] = ()
    losses: tuple[float, ...] = ()
    initial_loss: float | None = None
    layers: tuple[LayerSeries, ...] = ()
    nonfinite: NonfiniteEvent | None = None
    noise_scale: float | None = None
    learning_rates: tuple[float, ...] = ()
    seconds: float = 0.0
    seconds_per_step: float | None = None
    seconds_to_trace: float | None = None
    seconds_per_epoch: tuple[float, ...] = ()
    epoch_steps: tuple[int, ...] = ()
    input_share: float | None = None
    idle_statistics: tuple[str, ...] = ()
    unmoved: tuple[str, ...] = ()
    never_cleared: tuple[str, ...] = ()
    interrupted: bool = False
    exception: Mapping[str, str] | None = None
    overhead: float | None = None
    missing: tuple[str, ...] = ()
    sampling: str = ""
