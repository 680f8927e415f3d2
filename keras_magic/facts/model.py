"""The layer graph and the compile settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class LayerFacts:
    """One layer, in the order of the forward pass; nested models are walked, names joined by "/".

    Args:
        kind: class name; activation: Keras' name ("linear" when none), None for layers that have none by nature.
        effective_activation: after a directly following activation layer (Activation, ReLU, LeakyReLU, Softmax, ...);
            "unknown" for a linear layer inside a custom layer, None where the whole model is subclassed.
        units: units, filters or output dimension; rate: dropout rate.
        inputs: names of the layers that feed it; empty where the way to it is not known.
        within: name of the custom layer in whose `call` it is used: the way of the data inside is not known.
        parameters, trainable_parameters: numbers of values; untracked: values of TensorFlow variables that the layer holds and
            Keras 3 does not know.
        weight_stats: {"kernel": {"mean", "std", "absmean", "min", "max", "distinct", "size", "fan_in", "nonfinite"}, ...} at the
            start of training; from a sample of large variables.
        initializer: {"class", "config"} of the kernel; regularizer: {"l1", "l2"} (kernel, recurrent and activity added up;
            "activity": the activity's share of that sum).
        options: other settings worth knowing (input_dim of Embedding, axis, padding, momentum, return_sequences, scale, mean...).
    """

    name: str
    kind: str
    activation: str | None = None
    effective_activation: str | None = None
    units: int | None = None
    rate: float | None = None
    input_shape: tuple[int | None, ...] | None = None
    output_shape: tuple[int | None, ...] | None = None
    inputs: tuple[str, ...] = ()
    within: str | None = None
    parameters: int = 0
    trainable_parameters: int = 0
    untracked: int = 0
    trainable: bool = True
    initializer: Mapping[str, Any] = field(default_factory=dict)
    regularizer: Mapping[str, float] = field(default_factory=dict)
    weight_stats: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    depth: int = 0


@dataclass(frozen=True, kw_only=True)
class HeadFacts:
    """One output of the model with the loss and metrics that it is given.

    Args:
        name: output name; layer: the last layer with weights on the way to it.
        shape: output shape without the batch axis; units: its last axis.
        activation: effective last activation ("linear", "softmax", "sigmoid", "relu", ... or None when unknown).
        range: (low, high) that the activation can reach, None where unbounded.
        loss: canonical snake-case name of the loss ("binary_crossentropy", "mean_squared_error", ..., "custom", or None).
        from_logits: of the loss; None when the loss has no such argument.
        loss_options: label_smoothing, delta, reduction ...
        metrics: canonical names of the metrics on this output; metric_options: name -> {"threshold", "from_logits"} where set.
        step_loss: name of the one cross-entropy that a model with a train step of its own keeps as an attribute, where it was made
            without `from_logits=True` and its step names no softmax or sigmoid; else None.
        certain: False when the head had to be guessed (subclassed models): then activation and units may be wrong.
    """

    name: str
    layer: str | None = None
    shape: tuple[int | None, ...] = ()
    units: int | None = None
    activation: str | None = None
    range: tuple[float | None, float | None] = (None, None)
    loss: str | None = None
    from_logits: bool | None = None
    loss_options: Mapping[str, Any] = field(default_factory=dict)
    metrics: tuple[str, ...] = ()
    metric_options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    step_loss: str | None = None
    certain: bool = True


@dataclass(frozen=True, kw_only=True)
class OptimizerFacts:
    """The optimizer: `learning_rate` is the rate at the start; schedule: class name or None; peak: highest rate of the schedule."""

    name: str
    learning_rate: float | None = None
    schedule: str | None = None
    peak: float | None = None
    momentum: float = 0.0
    clipping: Mapping[str, float] = field(default_factory=dict)
    weight_decay: float | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    iterations: int = 0


@dataclass(frozen=True, kw_only=True)
class ModelFacts:
    """The model before training.

    Args:
        kind: "sequential" | "functional" | "subclassed"; graph_known: whether `layers[i].inputs` is trustworthy.
        compiled: False -> no heads' losses and no optimizer.
        stale: names of layers whose `trainable` (or existence) changed after `compile` and after a first `fit`: the train
            function and the optimizer still work on the old list (not-compiled-after-change).
        stale_parts: what else was replaced after `compile` without effect: "loss", "optimizer".
        custom_train_step: the class overrides train_step (or compute_loss).
        scales_inputs: names of inputs that meet Normalization/Rescaling/BatchNormalization/LayerNormalization/log-like/Embedding/
            CategoryEncoding/Discretization/Hashing layers before any weights -> kind of that layer.
        expected_range: input name -> (low, high) that a pretrained or Rescaling model expects, where known.
        learned_range: names of the inputs whose range was read from the statistics that the first layers learned.
        call_names: names that the `call` of a subclassed model uses, where the graph is unknown; looks_up: it, or one of its
            layers, takes rows of a table by their ids.
        missing: what could not be read, and why.
    """

    name: str
    kind: str
    compiled: bool
    built: bool
    graph_known: bool = True
    layers: tuple[LayerFacts, ...] = ()
    heads: tuple[HeadFacts, ...] = ()
    input_shapes: Mapping[str, tuple[int | None, ...]] = field(default_factory=dict)
    parameters: int = 0
    trainable_parameters: int = 0
    optimizer: OptimizerFacts | None = None
    stale: tuple[str, ...] = ()
    stale_parts: tuple[str, ...] = ()
    custom_train_step: bool = False
    scales_inputs: Mapping[str, str] = field(default_factory=dict)
    expected_range: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    learned_range: tuple[str, ...] = ()
    jit_compile: bool | None = None
    call_names: tuple[str, ...] = ()
    looks_up: bool = False
    missing: tuple[str, ...] = ()
