"""Fixes inside the network: activations, initialisers, dropout, normalisation, size, frozen layers."""

from __future__ import annotations

from collections.abc import Sequence

from keras_magic.findings import Fix
from keras_magic.fixes._builders import edits, layer_edits
from keras_magic.fixes._words import code, listing
from keras_magic.names import YOUR

Layers = Sequence[str] | None


def replace_hidden_activations(activation: str = "relu", *, layers: Layers = None) -> Fix:
    """Give hidden layers another activation; recurrent layers keep theirs (`bound_recurrence`).

    Args:
        layers: names of the layers; all hidden Dense and Conv layers, and `Activation` layers after them, when None.
    """
    return Fix(
        name="replace-hidden-activations",
        title=f"Use {activation!r} in {listing(layers, 'hidden layers')}",
        code=f'keras.layers.Dense(..., activation="{activation}", kernel_initializer="{_initializer(activation)}"),   '
        f"# {listing(layers, 'hidden layers')}; Conv layers alike",
        transform=lambda run: layer_edits().replace_hidden_activations(run, activation, layers),
    )


def bound_recurrence(*, layers: Sequence[str]) -> Fix:
    """Give recurrent layers tanh, their standard activation, which keeps the state between -1 and 1.

    Args:
        layers: names of the layers.
    """
    return Fix(
        name="bound-recurrence",
        title=f"Use tanh in {listing(layers)}",
        code=f"keras.layers.LSTM(units),   # {listing(layers)}: leave activation= out, tanh is the standard",
        transform=lambda run: layer_edits().bound_recurrence(run, layers),
    )


def replace_recurrent() -> Fix:
    """Put an LSTM with its standard activations in the place of each recurrent layer."""
    return Fix(
        name="replace-recurrent",
        title="Use LSTM layers with their standard activations",
        code="keras.layers.LSTM(units),   # in place of SimpleRNN; leave activation= and recurrent_activation= out",
        transform=lambda run: layer_edits().replace_recurrent(run),
    )


def replace_initializers(initializer: str = "auto", *, layers: Layers = None) -> Fix:
    """Start the layers from a standard initialiser.

    Args:
        initializer: Keras' name, or "auto": he_uniform before ReLU-like activations, else glorot_uniform.
        layers: names; all layers with a kernel when None.
    """
    shown = "he_uniform" if initializer == "auto" else initializer
    return Fix(
        name="replace-initializers",
        title=f"Start {listing(layers)} from {'Keras’ standard initialisers' if initializer == 'auto' else repr(initializer)}",
        code=f'keras.layers.Dense(..., kernel_initializer="{shown}"),   # {listing(layers)}; bias_initializer="zeros"',
        transform=lambda run: layer_edits().replace_initializers(run, initializer, layers),
    )


def set_dropout(rate: float, *, layers: Layers = None) -> Fix:
    """Set the rate of every dropout (layers, and `dropout=`/`recurrent_dropout=` of recurrent layers); 0 removes it."""
    return Fix(
        name="set-dropout",
        title=f"Set the dropout rate to {rate:g}" if rate else "Remove the dropout",
        code=f"keras.layers.Dropout({rate:g}),   # {listing(layers, 'dropout layers')}"
        if rate
        else "# leave the Dropout layers out",
        transform=lambda run: layer_edits().set_dropout(run, rate, layers),
    )


def add_dropout(rate: float = 0.3) -> Fix:
    """Put a Dropout layer before the head and after each hidden Dense layer."""
    return Fix(
        name="add-dropout",
        title=f"Add Dropout({rate:g}) after the hidden Dense layers",
        code=f'keras.layers.Dense(..., activation="relu"),\nkeras.layers.Dropout({rate:g}),   # after each hidden Dense layer',
        transform=lambda run: layer_edits().add_dropout(run, rate),
        safe=False,
    )


def remove_regularization(factor: float = 0.0) -> Fix:
    """Multiply every L1 and L2 penalty and the weight decay by `factor`."""
    return Fix(
        name="remove-regularization",
        title="Remove the weight penalties" if not factor else f"Weaken the weight penalties to {factor:g} of what they are",
        code=(
            "keras.layers.Dense(..., kernel_regularizer=None),   # all layers; and no weight_decay in the optimizer"
            if not factor
            else f"# multiply the factor of each kernel_regularizer by {factor:g}, then compile {YOUR.model} again"
        ),
        transform=lambda run: layer_edits().scale_regularization(run, factor),
    )


def add_batchnorm() -> Fix:
    """Put BatchNormalization after each hidden Dense and Conv layer."""
    return Fix(
        name="add-batchnorm",
        title="Add BatchNormalization after the hidden layers",
        code='keras.layers.Dense(..., activation="relu"),\nkeras.layers.BatchNormalization(),   # after hidden layers',
        transform=lambda run: layer_edits().add_batchnorm(run),
        safe=False,
    )


def fix_batchnorm() -> Fix:
    """Undo the known misuses: normalisation after the head, momentum too near 1 for a short run, a wrong axis, a large epsilon."""
    return Fix(
        name="fix-batchnorm",
        title="Use BatchNormalization as it is meant: hidden layers only, last axis, momentum 0.9",
        code=code("""
            keras.layers.BatchNormalization(momentum=0.9),   # between hidden layers, axis=-1 (channels last)
            # none after the last layer; batches of 16 rows and more
        """),
        transform=lambda run: layer_edits().fix_batchnorm(run),
    )


def widen(factor: float = 4) -> Fix:
    """Multiply the units and filters of every hidden layer."""
    return Fix(
        name="widen",
        title=f"Make the hidden layers {factor:g} times as wide",
        code=f"# multiply the units (filters) of each hidden layer by {factor:g}",
        transform=lambda run: layer_edits().resize(run, factor),
        safe=False,
    )


def narrow(factor: float = 0.25) -> Fix:
    """Shrink the units and filters of every hidden layer."""
    return Fix(
        name="narrow",
        title=f"Make the hidden layers {1 / factor:g} times narrower",
        code=f"# multiply the units (filters) of each hidden layer by {factor:g}",
        transform=lambda run: layer_edits().resize(run, factor),
        safe=False,
    )


def add_hidden_layer(*, units: int | None = None) -> Fix:
    """Put a Dense ReLU layer before the head.

    Args:
        units: its width; as wide as the widest hidden layer, at least 32, when None.
    """
    return Fix(
        name="add-hidden-layer",
        title="Add a hidden layer with ReLU before the last layer",
        code=f'keras.layers.Dense({units or 64}, activation="relu"),   # before the last layer',
        transform=lambda run: layer_edits().add_hidden_layer(run, units),
        safe=False,
    )


def flatten_before_head() -> Fix:
    """Put a Flatten layer before the head (or of its first Dense layer)."""
    return Fix(
        name="flatten-before-head",
        title="Flatten before the first Dense layer",
        code="keras.layers.Flatten(),   # before the first Dense layer",
        transform=lambda run: layer_edits().flatten_before_head(run),
    )


def set_embedding_size(input_dim: int, *, layers: Layers = None) -> Fix:
    """Let the Embedding hold ids up to `input_dim - 1`."""
    return Fix(
        name="set-embedding-size",
        title=f"Let {listing(layers, 'Embedding layers')} hold {input_dim} ids",
        code=f"keras.layers.Embedding({input_dim}),   # the largest id + 1",
        transform=lambda run: layer_edits().set_embedding_size(run, input_dim, layers),
    )


def mask_padding(*, layers: Layers = None, before: str | None = None) -> Fix:
    """Let the recurrent layers skip the steps that are padding.

    Args:
        layers: names of the Embedding layers that mask id 0, all of them when None.
        before: in their place, the recurrent layer that a Masking layer is put in front of: steps whose values are all 0.
    """
    if before is None:
        title, text = "Let the Embedding mask the padding", "keras.layers.Embedding(..., mask_zero=True),   # id 0 is padding"
    else:
        title, text = "Mask the padded steps", "keras.layers.Masking(mask_value=0.0),   # before the recurrent layer"
    return Fix(
        name="mask-padding",
        title=title,
        code=text,
        transform=lambda run: layer_edits().mask_padding(run, layers, before),
    )


def unfreeze(*, layers: Layers = None) -> Fix:
    """Let frozen layers learn and compile again."""
    if layers:
        paths = ["".join(f'.get_layer("{part}")' for part in layer.split("/")) for layer in layers]
        text = "\n".join(f"{YOUR.model}{path}.trainable = True" for path in paths)
    else:
        text = f"{YOUR.model}.trainable = True"
    return Fix(
        name="unfreeze",
        title=f"Let {listing(layers)} learn",
        code=text + f"\n{YOUR.model}.compile(...)   # as before: a change of `trainable` counts only after compile",
        transform=lambda run: layer_edits().unfreeze(run, layers),
    )


def recompile() -> Fix:
    """Compile again, so that changes of `trainable` count."""
    return Fix(
        name="recompile",
        title="Compile the model again: its layers' `trainable` changed since",
        code=f"{YOUR.model}.compile(optimizer=..., loss=..., metrics=...)   # after the last change of `trainable`",
        transform=lambda run: edits().recompile(run),
    )


def set_input_shape(index: int, shape: Sequence[int | None]) -> Fix:
    """Build the model for rows of another shape.

    Args:
        index: of the model's input; shape: of one row of the data.
    """
    return Fix(
        name="set-input-shape",
        title=f"Build the model for rows of the shape {tuple(shape)}",
        code=f"keras.Input({tuple(shape)}),   # where the model begins",
        transform=lambda run: edits().with_input_shapes(run, {index: tuple(shape)}),
    )


def compile_model(loss: str, *, logits: bool = False) -> Fix:
    """Compile a model that is not compiled, with Adam.

    Args:
        loss: Keras' name of it, such as "binary_crossentropy"; logits: the output has no softmax or sigmoid.
    """
    return Fix(
        name="compile",
        title=f"Compile the model with the loss {loss}" + (" of logits" if logits else ""),
        code=f"{YOUR.model}.compile(optimizer=..., loss=..., metrics=...)   # before fit",
        transform=lambda run: edits().compile_with(run, loss, logits),
    )


def drop_layers(layers: Sequence[str]) -> Fix:
    """Leave out layers of one input and one output that the network does without, such as random flips.

    Args:
        layers: their names; those of nested models with a path, "base/flip".
    """
    return Fix(
        name="drop-layers",
        title=f"Leave out {listing(layers)}",
        code=f"# build the model without {listing(layers)}",
        transform=lambda run: layer_edits().drop_layers(run, layers),
    )


def _initializer(activation: str) -> str:
    return "he_uniform" if "relu" in activation or activation in ("gelu", "silu", "swish", "mish") else "glorot_uniform"
