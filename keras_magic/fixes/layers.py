"""What the fixes do to the layers of a model, one function for each; see the builders of the same name for their meaning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras  # noqa: TID253 - this module is imported only when a fix is applied

from keras_magic.errors import UnsupportedError
from keras_magic.fixes import graph
from keras_magic.fixes.models import Settings, compile_model, compile_settings, copy_optimizer, edited, undisturbed
from keras_magic.fixes.rebuild import Config, Edit
from keras_magic.keras_adapter.layers import flattened, set_own_flag
from keras_magic.keras_adapter.optimizer import innermost
from keras_magic.run import Run

layers = keras.layers

#: Initialisers of kernels -> Keras' standard, None where it depends on the activation.
KERNELS = {
    "kernel_initializer": None,
    "depthwise_initializer": None,
    "pointwise_initializer": None,
    "recurrent_kernel_initializer": "orthogonal",
    "embeddings_initializer": "uniform",
}


def replace_hidden_activations(run: Run, activation: str, names: Sequence[str] | None) -> Run:
    """See `fixes.replace_hidden_activations`. Changed layers start again from the initialiser that suits the activation."""
    ends, chosen = graph.ids(graph.tails(run.model)), graph.chosen(names)
    initializer = "he_uniform" if _rectifies(activation) else "glorot_uniform"
    follows = graph.activation_after(run.model)
    theirs = graph.ids([follows[id(layer)] for layer in graph.weighted_layers(run.model) if chosen(layer) and id(layer) in follows])

    def hit(layer: Any) -> bool:
        kind = isinstance(layer, graph.ACTIVATIONS) or (hasattr(layer, "kernel") and hasattr(layer, "activation"))
        return id(layer) not in ends and (chosen(layer) or id(layer) in theirs) and kind

    def change(layer: Any, config: Config) -> None:
        if not hit(layer) or "activation" not in config:
            return
        if isinstance(layer, graph.ACTIVATIONS) or id(layer) not in follows:
            config["activation"] = activation
        if "kernel_initializer" in config and layer.trainable:
            config["kernel_initializer"] = initializer

    kernels = graph.ids([layer for layer in graph.weighted_layers(run.model) if hit(layer) and layer.trainable])
    return edited(run, Edit(config=change, reset=lambda layer: id(layer) in kernels))


def bound_recurrence(run: Run, names: Sequence[str]) -> Run:
    """See `fixes.bound_recurrence`. Weights keep their start, which does not depend on the activation."""
    chosen = graph.chosen(names)

    def change(layer: Any, config: Config) -> None:
        if isinstance(layer, layers.RNN) and chosen(layer) and "activation" in config:
            config["activation"] = "tanh"

    return edited(run, Edit(config=change))


def replace_recurrent(run: Run) -> Run:
    simple = (layers.SimpleRNN, layers.GRU, layers.LSTM)

    def standard(old: Any) -> list[Any]:
        if not isinstance(old, simple):
            return []
        kept = {k: getattr(old, k) for k in ("return_sequences", "go_backwards", "dropout", "recurrent_dropout")}
        return [layers.LSTM(old.units, **kept)]

    if not any(isinstance(layer, simple) for layer in flattened(run.model)):
        raise UnsupportedError("the model has no recurrent layer outside of wrappers")
    return edited(run, Edit(before=standard, drop=lambda layer: isinstance(layer, simple)))


def _rectifies(activation: str) -> bool:
    return "relu" in activation or activation in ("elu", "gelu", "silu", "swish", "mish")


def _rectified(config: Config, behind: Any) -> bool:
    """The layer, or the activation layer after it, belongs to the ReLU family."""
    names = [config.get("activation"), type(behind).__name__.lower(), _safe_config(behind).get("activation")]
    return any("relu" in str(name) for name in names)


def replace_initializers(run: Run, initializer: str, names: Sequence[str] | None) -> Run:
    chosen, follows = graph.chosen(names), graph.activation_after(run.model)

    def hit(layer: Any) -> bool:
        return chosen(layer) and layer.trainable

    def change(layer: Any, config: Config) -> None:
        if not hit(layer):
            return
        suited = "he_uniform" if _rectified(config, follows.get(id(layer))) else "glorot_uniform"
        for key in config:
            if key in KERNELS:
                config[key] = KERNELS[key] or suited if initializer == "auto" else initializer
            elif key == "recurrent_initializer":
                config[key] = "orthogonal"
            elif key == "bias_initializer":
                config[key] = "zeros"

    def reset(layer: Any) -> bool:
        return hit(layer) and any(key in KERNELS for key in _safe_config(layer))

    return edited(run, Edit(config=change, reset=reset))


def _safe_config(layer: Any) -> Config:
    try:
        return dict(layer.get_config())
    except Exception:
        return {}


def set_dropout(run: Run, rate: float, names: Sequence[str] | None) -> Run:
    chosen = graph.chosen(names)

    def change(layer: Any, config: Config) -> None:
        if not chosen(layer):
            return
        if _drops(layer):
            config["rate"] = rate
        for key in ("dropout", "recurrent_dropout"):
            if isinstance(config.get(key), float) and config[key] > 0:
                config[key] = rate

    return edited(run, Edit(config=change))


def _drops(layer: Any) -> bool:
    return "Dropout" in type(layer).__name__ and hasattr(layer, "rate")


def drop_layers(run: Run, names: Sequence[str]) -> Run:
    return edited(run, Edit(drop=graph.chosen(names)))


def add_dropout(run: Run, rate: float) -> Run:
    hidden = graph.ids(graph.hidden(run.model, (layers.Dense,)))
    return edited(run, Edit(after=lambda layer: [layers.Dropout(rate, seed=1)] if id(layer) in hidden else []))


def add_batchnorm(run: Run) -> Run:
    hidden = graph.ids(graph.hidden(run.model, (layers.Dense, layers.Conv1D, layers.Conv2D, layers.Conv3D)))
    return edited(run, Edit(after=lambda layer: [layers.BatchNormalization(momentum=0.9)] if id(layer) in hidden else []))


def scale_regularization(run: Run, factor: float) -> Run:
    """See `fixes.remove_regularization`."""

    def change(layer: Any, config: Config) -> None:
        for key, value in config.items():
            if key.endswith("_regularizer") and value:
                config[key] = _weaker(value, factor)
        if isinstance(layer, layers.ActivityRegularization):
            config.update({k: config[k] * factor for k in ("l1", "l2") if k in config})

    def settings(given: Settings) -> Settings:
        optimizer = given["optimizer"]
        decay = getattr(innermost(optimizer), "weight_decay", None)
        return {**given, "optimizer": copy_optimizer(optimizer, weight_decay=decay * factor)} if decay else given

    return edited(run, Edit(config=change), settings)


def _weaker(value: Any, factor: float) -> Any:
    """A serialised regulariser with its factors multiplied; None when nothing is left of it."""
    config = value.get("config") if isinstance(value, dict) else None
    if not factor or not isinstance(config, dict) or not any(isinstance(config.get(k), float) for k in ("l1", "l2", "factor")):
        return None
    return {**value, "config": {k: v * factor if isinstance(v, float) else v for k, v in config.items()}}


def fix_batchnorm(run: Run) -> Run:
    misplaced = graph.ids(graph.after_head(run.model))

    def change(layer: Any, config: Config) -> None:
        if isinstance(layer, layers.BatchNormalization):
            config.update(momentum=min(0.9, config.get("momentum", 0.9)) if config.get("momentum", 0.9) > 0.5 else 0.9)
            config.update(axis=-1, epsilon=min(config.get("epsilon", 1e-3), 1e-3), center=True, scale=True)
            config.update(gamma_initializer="ones", beta_initializer="zeros", trainable=True)

    def reset(layer: Any) -> bool:
        return isinstance(layer, layers.BatchNormalization) and layer.trainable

    return edited(run, Edit(config=change, drop=lambda layer: id(layer) in misplaced, reset=reset))


def resize(run: Run, factor: float) -> Run:
    """See `fixes.widen` and `fixes.narrow`. Layers whose widths are tied to each other (additions) all change alike."""
    ends = graph.ids(graph.tails(run.model))
    hidden = {id(layer): layer for layer in graph.weighted_layers(run.model) if id(layer) not in ends}
    inner = {id(getattr(layer, "layer", layer)) for layer in hidden.values()} | {
        id(getattr(w, "backward_layer", w)) for w in hidden.values()
    }

    def change(layer: Any, config: Config) -> None:
        if id(layer) in hidden or id(layer) in inner:
            for key in ("units", "filters"):
                if isinstance(config.get(key), int):
                    config[key] = max(2, round(config[key] * factor))

    if not hidden:
        raise UnsupportedError("the model has no hidden layer to resize; add one")
    return edited(run, Edit(config=change))


def add_hidden_layer(run: Run, units: int | None) -> Run:
    heads = graph.ids([layer for layer in graph.tails(run.model) if graph.width_of(layer) is not None])
    widths = [graph.width_of(layer) or 0 for layer in graph.weighted_layers(run.model) if id(layer) not in heads]
    width = units or max(32, min(256, max(widths, default=0)))

    def before(layer: Any) -> list[Any]:
        return [layers.Dense(width, activation="relu", kernel_initializer="he_uniform")] if id(layer) in heads else []

    return edited(run, Edit(before=before))


def flatten_before_head(run: Run) -> Run:
    order = graph.weighted_layers(run.model)
    heads = [layer for layer in graph.tails(run.model) if graph.width_of(layer) is not None]
    first = order.index(heads[0]) if heads and heads[0] in order else len(order)
    while first > 0 and isinstance(order[first - 1], layers.Dense):  # the Dense layers before the head belong to it
        first -= 1
    target = order[first] if first < len(order) else None
    if target is None:
        raise UnsupportedError("the model has no Dense layer to flatten for")
    return edited(run, Edit(before=lambda layer: [layers.Flatten()] if layer is target else []))


def set_embedding_size(run: Run, input_dim: int, names: Sequence[str] | None) -> Run:
    chosen = graph.chosen(names)

    def change(layer: Any, config: Config) -> None:
        if isinstance(layer, layers.Embedding) and chosen(layer):
            config["input_dim"] = max(int(input_dim), config["input_dim"])

    return edited(run, Edit(config=change))


def mask_padding(run: Run, names: Sequence[str] | None, recurrent: str | None) -> Run:
    if recurrent is not None:
        target = graph.chosen([recurrent])
        return edited(run, Edit(before=lambda layer: [layers.Masking(mask_value=0.0)] if target(layer) else []))
    chosen = graph.chosen(names)

    def change(layer: Any, config: Config) -> None:
        if isinstance(layer, layers.Embedding) and chosen(layer):
            config["mask_zero"] = True

    return edited(run, Edit(config=change))


def unfreeze(run: Run, names: Sequence[str] | None) -> Run:
    result = edited(run, None, thaw=True)
    chosen = graph.chosen(names)
    settings = compile_settings(result)
    with undisturbed():
        set_own_flag(result.model, True)
        for layer in flattened(result.model):
            if isinstance(layer, layers.InputLayer) or not (names is None or chosen(layer)):
                continue
            if isinstance(layer, keras.Model):
                layer.trainable = True
            else:
                layer.trainable = layer.trainable or not hasattr(layer, "adapt")
        if names is not None:  # a frozen model keeps its layers frozen
            for layer in flattened(result.model):
                if isinstance(layer, keras.Model) and any(chosen(part) for part in flattened(layer)):
                    set_own_flag(layer, True)
        if settings is not None:
            compile_model(result.model, settings)
    return result
