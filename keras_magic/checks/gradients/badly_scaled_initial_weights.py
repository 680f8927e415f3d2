"""KM505 initial weights of the wrong size."""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

from keras_magic import fixes
from keras_magic.assessment import has_learned, number
from keras_magic.checks.architecture._layers import kind_of
from keras_magic.checks.gradients._layers import UNBOUNDED, activation_of, feedforward, normalised
from keras_magic.facts import LayerFacts, ModelFacts, OutcomeFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule
from keras_magic.words import counted


@rule(
    "KM505",
    "badly-scaled-initial-weights",
    cause="weight-init",
    severity="warning",
    explains=("dead-relu", "vanishing-gradient", "exploding-gradient"),
)
def badly_scaled_initial_weights(
    model: ModelFacts, outcome: OutcomeFacts | None = None, *, large: float = 6.0, small: float = 0.05, growth: float = 1e4
) -> Iterator[Hit]:
    """Weights that start far too large, far too small or all on one side.

    Looks for:
        Kernels whose spread is far from sqrt(1 / inputs) to sqrt(2 / inputs), or whose mean is large against their spread; a
        SimpleRNN with an unbounded activation whose recurrent weights multiply its state at every time step.
    Why:
        Each layer multiplies the size of the signal by spread × sqrt(inputs). Well above 1 it explodes or saturates with depth,
        well below 1 it fades. A mean below zero switches ReLU units off from the start, for every row.
    Measured:
        Mean and standard deviation of each kernel before training, against its number of inputs.
    Bad:
        keras.layers.Dense(64, kernel_initializer=keras.initializers.RandomNormal(stddev=1.0))   # 784 inputs
    Good:
        keras.layers.Dense(64, activation="relu", kernel_initializer="he_uniform")
    Fix:
        He initialisation for ReLU, Glorot for others.
    Ignore when:
        The weights were trained before, or a normalisation follows (the check takes both into account).
    Sources:
        Glorot and Bengio 2010 (AISTATS 9); He et al. 2015 (arXiv 1502.01852); SageMaker Debugger, PoorWeightInitialization.
    """
    trained = model.optimizer is not None and model.optimizer.iterations > 0
    if has_learned(outcome) or trained:
        return
    heads = {head.layer for head in model.heads}
    layers = [*feedforward(model), *(layer for layer in model.layers if layer.name in heads)]
    layers = [layer for layer in layers if layer.trainable and not normalised(model, layer)]
    odd = [(layer, problem) for layer in layers if (problem := _problem(layer, large, small))]
    odd += [(layer, problem) for layer in model.layers if layer.trainable and (problem := _growing(layer, growth))]
    if not odd:
        return
    layer, (text, level) = max(odd, key=lambda o: o[1][1])
    names_, level = [o.name for o, _ in odd], max(level, Evidence.STRONG) if len(odd) > 1 else level
    yield Hit(
        message=f"The weights of {layer.name} {text}"
        + (f"; {counted(len(odd) - 1, 'more layer')} alike." if len(odd) > 1 else "."),
        evidence={"layers": names_, "kernel": dict(layer.weight_stats.get("kernel", {}))},
        where=layer.name,
        severity="error" if level >= Evidence.STRONG and len(odd) > 1 else None,
        level=level,
        fix=fixes.replace_initializers(initializer="auto", layers=names_),
    )


def _growing(layer: LayerFacts, growth: float) -> tuple[str, Evidence] | None:
    """A SimpleRNN without a bound, whose recurrent weights make the state grow at every time step."""
    kernel, steps = layer.weight_stats.get("recurrent_kernel", {}), (layer.input_shape or (None,))[0]
    if layer.kind != "SimpleRNN" or layer.activation not in UNBOUNDED or "std" not in kernel or not steps:
        return None
    factor = kernel["std"] * sqrt(kernel["fan_in"])  # 1 for an orthogonal matrix
    if factor**steps < growth:
        return None
    text = f"make its state grow by {number(factor)} at every time step: {number(factor**steps)} times over {steps} steps"
    return text, Evidence.STRONG


def _problem(layer: LayerFacts, large: float, small: float) -> tuple[str, Evidence] | None:
    kernel, bias = layer.weight_stats.get("kernel", {}), layer.weight_stats.get("bias", {})
    if kernel.get("size", 0) < 16 or kernel.get("distinct", 1) == 1 or "std" not in kernel:
        return None
    if layer.initializer.get("class") == "VarianceScaling" and layer.initializer.get("config", {}).get("scale", 9.0) <= 2.0:
        return None  # a usual initialiser, in one of its modes
    inputs, std, mean = kernel["fan_in"], kernel["std"], kernel["mean"]
    ratio = std * sqrt(inputs)
    sample_error = std / sqrt(kernel["size"])
    if abs(mean) > max(0.5 * std, 6 * sample_error) and abs(mean) * inputs > 1:
        side = "below" if mean < 0 else "above"
        relu = activation_of(layer) in ("relu", "relu6") and mean < 0
        return (
            f"start on one side: mean {number(mean)}, {side} zero, spread {number(std)}",
            Evidence.STRONG if relu else Evidence.PLAUSIBLE,
        )
    if ratio > large:
        return (
            f"start too large: spread {number(std)} with {inputs:.0f} inputs, {ratio:.0f} times what keeps the signal",
            Evidence.PLAUSIBLE,
        )
    if ratio < small and kind_of(layer) != "DepthwiseConv":  # Keras' own initialiser divides by all channels there
        return (
            f"start too small: spread {number(std)} with {inputs:.0f} inputs, {number(ratio)} of what keeps the signal",
            Evidence.PLAUSIBLE,
        )
    if bias.get("mean", 0.0) < -2.0 and activation_of(layer) in ("relu", "relu6"):
        return f"start with a bias of {number(bias['mean'])}, which switches ReLU off", Evidence.PLAUSIBLE
    return None
