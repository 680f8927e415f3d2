"""What the fixes do to models, one function for each; see the builders of the same name for their meaning."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras  # noqa: TID253 - this module is imported only when a fix is applied
import numpy as np  # noqa: TID253

from keras_magic.errors import UnsupportedError
from keras_magic.fixes import graph
from keras_magic.fixes.models import (
    Config,
    Edit,
    Settings,
    compile_model,
    compile_settings,
    copy_optimizer,
    edited,
    fresh,
    map_settings,
    undisturbed,
)
from keras_magic.fixes.recipes.losses import weigh_positives
from keras_magic.keras_adapter.layers import flattened, set_own_flag
from keras_magic.keras_adapter.optimizer import innermost
from keras_magic.run import Run
from keras_magic.sources.batches import sample_rows
from keras_magic.sources.trees import named_leaves

ROWS = 20_000  # rows whose labels are counted

layers = keras.layers

# ---------------------------------------------------------------- edits: inputs


def with_input_shapes(run: Run, shapes: Mapping[int, tuple[int, ...]], unscaled: Sequence[int] = ()) -> Run:
    """The run with other shapes of some inputs; layers whose weights then differ start again.

    Args:
        unscaled: indexes of inputs that are no longer scaled inside the model.
    """
    scalers = graph.scalers(run.model, unscaled)
    return edited(run, Edit(shapes=dict(shapes), drop=(lambda layer: id(layer) in scalers) if scalers else None))


def add_normalization(run: Run, x: Any, only: str | None) -> Run:
    """A `Normalization` layer behind each input of numbers, adapted on the sample `x`."""
    from keras_magic.fixes.plans import statistics_axes

    skip, names, front = graph.id_inputs(run.model), graph.input_names(run.model), {}
    named = list(named_leaves(x, "x"))
    for index, (name, values) in zip(graph.input_indexes(run.model, [n for n, _ in named]), named, strict=True):
        wanted = only is None or len(named) == 1 or only in (name, *names[index : index + 1])
        if index in skip or not wanted or values.dtype.kind not in "fiu":
            continue
        finite = np.where(np.isfinite(values), values, np.nan).astype("float64")
        axes = statistics_axes(finite)
        mean, variance = np.nanmean(finite, axes), np.nanvar(finite, axes)
        axis = None if len(axes) == finite.ndim else -1
        with undisturbed():
            front[index] = [
                layers.Normalization(axis=axis, mean=np.nan_to_num(mean), variance=np.where(variance > 0, variance, 1.0))
            ]
    if not front:
        raise UnsupportedError("there is no input of numbers to normalise")
    return edited(run, Edit(front=front))


def augment_images(run: Run) -> Run:
    """See `fixes.augment_images`."""
    images = [i for i, t in enumerate(getattr(run.model, "inputs", None) or []) if len(t.shape) == 4]
    if not images:
        raise UnsupportedError("the model has no input of images (rows, height, width, channels)")
    with undisturbed():
        front = {
            i: [layers.RandomTranslation(0.1, 0.1, seed=1), layers.RandomRotation(0.03, seed=2), layers.RandomZoom(0.1, seed=3)]
            for i in images
        }
    return edited(run, Edit(front=front))


# ---------------------------------------------------------------- edits: head


def replace_head(run: Run, units: int | None, activation: str | None, loss: str | None, output: str | None) -> Run:
    """See `fixes.replace_head`."""
    ends = graph.tail(run.model, output)
    main = ends[-1] if ends and graph.width_of(ends[-1]) is not None else None
    if main is None:
        raise UnsupportedError("the last layer has no units of its own; change the head in your code, see .code")
    trailing = graph.ids([layer for layer in ends if isinstance(layer, graph.ACTIVATIONS)])

    def change(layer: Any, config: Config) -> None:
        if layer is not main and layer is not getattr(main, "layer", None):
            return
        if units:
            config["units" if "units" in config else "filters"] = units
        if activation and "activation" in config:
            config["activation"] = activation

    drop = (lambda layer: id(layer) in trailing) if activation and trailing else None
    return edited(run, Edit(config=change, drop=drop), _with_loss(run, loss, output) if loss else None)


def replace_loss(run: Run, loss: str, output: str | None) -> Run:
    """See `fixes.replace_loss`."""
    return edited(run, None, _with_loss(run, loss, output))


def weigh_labels(run: Run) -> Run:
    """See `fixes.weigh_labels`."""
    loss = weigh_positives(_label_columns(run))
    return edited(run, None, lambda settings: {**settings, "loss": loss}).with_fit(class_weight=None)


def weigh_labels_code(run: Run) -> str:
    """The loss under its own name, as `compile` then gives it."""
    from keras_magic.fixes.paste import source_of, training_rows

    _label_columns(run)
    return f"{source_of(weigh_positives)}\nweighted_binary_crossentropy = weigh_positives({training_rows(run, 'y', '')})"


def _label_columns(run: Run) -> np.ndarray:
    labels = sample_rows(run, ROWS).y
    if getattr(labels, "ndim", 0) != 2:
        raise UnsupportedError("the labels of each output need weights of their own; see .code")
    return np.asarray(labels)


def _with_loss(run: Run, loss: Any, output: str | None) -> Callable[[Settings], Settings]:
    def change(settings: Settings) -> Settings:
        changed = {**settings, "loss": _put(run.model, settings.get("loss"), loss, output)}
        for key in ("metrics", "weighted_metrics"):
            changed[key] = map_settings(lambda m: _matching_metric(m, loss), settings.get(key))
        return changed

    return change


def _put(model: Any, present: Any, value: Any, output: str | None) -> Any:
    """`value` in the place of one output, in whatever form the setting has."""
    names = list(getattr(model, "output_names", None) or [])
    if len(names) <= 1:
        if isinstance(present, Mapping):
            return dict.fromkeys(present, value)
        return [value] if isinstance(present, (list, tuple)) else value
    if isinstance(present, Mapping):
        return {**present, (output or names[0]): value}
    if isinstance(present, (list, tuple)):
        return [value if (output or names[0]) == name else old for name, old in zip(names, present, strict=False)]
    return {name: value if output in (None, name) else present for name in names}


_ACCURACIES: dict[str, Any] = {
    "binary_crossentropy": keras.metrics.BinaryAccuracy,
    "categorical_crossentropy": keras.metrics.CategoricalAccuracy,
    "sparse_categorical_crossentropy": keras.metrics.SparseCategoricalAccuracy,
}


def _matching_metric(metric: Any, loss: Any) -> Any:
    """The accuracy that belongs to the new loss, under the old name; other metrics stay."""
    wanted = _ACCURACIES.get(loss if isinstance(loss, str) else "")
    if wanted is None:
        return metric
    if type(metric) in _ACCURACIES.values():
        return metric if isinstance(metric, wanted) else wanted(name=metric.name)
    if isinstance(metric, str) and metric in ("binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy"):
        return wanted(name=metric)
    return metric


def set_from_logits(run: Run, value: bool, output: str | None) -> Run:
    """See `fixes.set_from_logits`."""

    def change(settings: Settings) -> Settings:
        present = settings.get("loss")
        names = list(getattr(run.model, "output_names", None) or [])
        if isinstance(present, Mapping):
            changed = {k: _logits(v, value) if output in (None, k) or len(present) == 1 else v for k, v in present.items()}
        elif isinstance(present, (list, tuple)):
            changed = [_logits(v, value) if output is None or names[i : i + 1] == [output] else v for i, v in enumerate(present)]  # type: ignore[assignment]
        else:
            changed = _logits(present, value)
        return {**settings, "loss": changed}

    return edited(run, None, change)


def _logits(loss: Any, value: bool) -> Any:
    instance = loss if isinstance(loss, keras.losses.Loss) else keras.losses.get(loss)
    if not isinstance(instance, keras.losses.Loss):  # a function: its class has the same name in camel case
        name = "".join(word.title() for word in str(getattr(instance, "__name__", "")).split("_"))
        kind = getattr(keras.losses, name, None)
        instance = kind() if kind else None
    config = instance.get_config() if instance is not None else {}
    if instance is None or "from_logits" not in config:
        raise UnsupportedError(f"the loss {loss!r} does not know from_logits")
    return type(instance).from_config({**config, "from_logits": value})


def replace_metric(run: Run, metric: str, output: str | None, threshold: float | None = None) -> Run:
    """See `fixes.replace_metric`; callbacks that watch a metric that is gone watch the new one."""
    names = list(getattr(run.model, "output_names", None) or [])

    made = metric if threshold is None else keras.metrics.deserialize({"class_name": metric, "config": {"threshold": threshold}})

    def change(settings: Settings) -> Settings:
        present = settings.get("metrics")
        if isinstance(present, Mapping) and len(names) > 1:
            return {**settings, "metrics": {**present, (output or names[0]): [made]}}
        if isinstance(present, (list, tuple)) and len(names) > 1 and len(present) == len(names):
            return {**settings, "metrics": [[made] if output in (None, n) else m for n, m in zip(names, present, strict=True)]}
        return {**settings, "metrics": [made]}

    return _watch(edited(run, None, change), metric)


def _watch(run: Run, metric: str) -> Run:
    lower_is_better = not any(word in metric for word in ("acc", "auc", "precision", "recall", "f1", "r2"))
    validates = run.fit_arguments.get("validation_data") is not None or run.fit_arguments.get("validation_split")
    for callback in run.fit_arguments.get("callbacks") or ():
        monitor = getattr(callback, "monitor", None)
        if isinstance(monitor, str) and monitor not in ("loss", "val_loss"):
            callback.monitor = f"val_{metric}" if validates else metric
            if hasattr(callback, "mode"):
                callback.mode = "min" if lower_is_better else "max"
            if hasattr(callback, "monitor_op"):
                callback.monitor_op = np.less if lower_is_better else np.greater
    return run


# ---------------------------------------------------------------- edits: hidden layers


def replace_hidden_activations(run: Run, activation: str, names: Sequence[str] | None) -> Run:
    """See `fixes.replace_hidden_activations`. Changed layers start again from the initialiser that suits the activation."""
    ends, chosen = graph.ids(graph.tails(run.model)), graph.chosen(names)
    initializer = "he_uniform" if _rectifies(activation) else "glorot_uniform"
    follows = graph.activation_behind(run.model)
    theirs = graph.ids([follows[id(layer)] for layer in graph.weighted_layers(run.model) if chosen(layer) and id(layer) in follows])

    def hit(layer: Any) -> bool:
        kind = isinstance(layer, graph.ACTIVATIONS) or (hasattr(layer, "kernel") and hasattr(layer, "activation"))
        recurrent = isinstance(layer, graph.RECURRENT) and names is None
        return id(layer) not in ends and (chosen(layer) or id(layer) in theirs) and kind and not recurrent

    def change(layer: Any, config: Config) -> None:
        if not hit(layer) or "activation" not in config:
            return
        if isinstance(layer, graph.ACTIVATIONS) or id(layer) not in follows:
            config["activation"] = activation
        if "kernel_initializer" in config and layer.trainable:
            config["kernel_initializer"] = initializer

    kernels = graph.ids([layer for layer in graph.weighted_layers(run.model) if hit(layer) and layer.trainable])
    return edited(run, Edit(config=change, reset=lambda layer: id(layer) in kernels))


def replace_recurrent(run: Run) -> Run:
    """See `fixes.replace_recurrent`."""
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


#: Initialisers of kernels -> Keras' standard, None where it depends on the activation.
KERNELS = {
    "kernel_initializer": None,
    "depthwise_initializer": None,
    "pointwise_initializer": None,
    "recurrent_kernel_initializer": "orthogonal",
    "embeddings_initializer": "uniform",
}


def _rectified(config: Config, behind: Any) -> bool:
    """The layer, or the activation layer behind it, belongs to the ReLU family."""
    names = [config.get("activation"), type(behind).__name__.lower(), _safe_config(behind).get("activation")]
    return any("relu" in str(name) for name in names)


def replace_initializers(run: Run, initializer: str, names: Sequence[str] | None) -> Run:
    """See `fixes.replace_initializers`."""
    chosen, follows = graph.chosen(names), graph.activation_behind(run.model)

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
    """See `fixes.set_dropout`."""
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
    """See `fixes.drop_layers`."""
    return edited(run, Edit(drop=graph.chosen(names)))


def add_dropout(run: Run, rate: float) -> Run:
    """See `fixes.add_dropout`."""
    hidden = graph.ids(graph.hidden(run.model, (layers.Dense,)))
    return edited(run, Edit(after=lambda layer: [layers.Dropout(rate, seed=1)] if id(layer) in hidden else []))


def add_batchnorm(run: Run) -> Run:
    """See `fixes.add_batchnorm`."""
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
    """See `fixes.fix_batchnorm`."""
    misplaced = graph.ids(graph.behind_head(run.model))

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
    """See `fixes.add_hidden_layer`."""
    heads = graph.ids([layer for layer in graph.tails(run.model) if graph.width_of(layer) is not None])
    widths = [graph.width_of(layer) or 0 for layer in graph.weighted_layers(run.model) if id(layer) not in heads]
    width = units or max(32, min(256, max(widths, default=0)))

    def before(layer: Any) -> list[Any]:
        return [layers.Dense(width, activation="relu", kernel_initializer="he_uniform")] if id(layer) in heads else []

    return edited(run, Edit(before=before))


def flatten_before_head(run: Run) -> Run:
    """See `fixes.flatten_before_head`."""
    order = graph.weighted_layers(run.model)
    heads = [layer for layer in graph.tails(run.model) if graph.width_of(layer) is not None]
    first = order.index(heads[0]) if heads and heads[0] in order else len(order)
    while first > 0 and isinstance(order[first - 1], layers.Dense):  # the Dense layers in front of the head belong to it
        first -= 1
    target = order[first] if first < len(order) else None
    if target is None:
        raise UnsupportedError("the model has no Dense layer to flatten for")
    return edited(run, Edit(before=lambda layer: [layers.Flatten()] if layer is target else []))


def set_embedding_size(run: Run, input_dim: int, names: Sequence[str] | None) -> Run:
    """See `fixes.set_embedding_size`."""
    chosen = graph.chosen(names)

    def change(layer: Any, config: Config) -> None:
        if isinstance(layer, layers.Embedding) and chosen(layer):
            config["input_dim"] = max(int(input_dim), config["input_dim"])

    return edited(run, Edit(config=change))


def unfreeze(run: Run, names: Sequence[str] | None) -> Run:
    """See `fixes.unfreeze`."""
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


def recompile(run: Run) -> Run:
    """See `fixes.recompile`."""
    return edited(run, None, thaw=True)


# ---------------------------------------------------------------- edits: optimizer and fit


def set_learning_rate(run: Run, rate: float) -> Run:
    """See `fixes.set_learning_rate`. A scheduler among the callbacks would set another rate: it is left out."""

    def change(settings: Settings) -> Settings:
        return {**settings, "optimizer": copy_optimizer_at(settings["optimizer"], rate)}

    result = edited(run, None, change)
    others = [c for c in result.callbacks if not isinstance(c, keras.callbacks.LearningRateScheduler)]
    return result.with_fit(callbacks=others) if run.fit_arguments.get("callbacks") else result


def copy_optimizer_at(optimizer: Any, rate: float) -> Any:
    """A copy with a constant rate in place of any schedule."""
    inner = innermost(optimizer)
    config = {**inner.get_config(), "learning_rate": float(rate)}
    new = type(inner).from_config(config)
    return new if inner is optimizer else type(optimizer)(new)


def replace_optimizer(run: Run, name: str, rate: float | None) -> Run:
    """See `fixes.replace_optimizer`."""

    def change(settings: Settings) -> Settings:
        config: Config = {"learning_rate": float(rate)} if rate else {}
        return {**settings, "optimizer": keras.optimizers.get({"class_name": name, "config": config})}

    return edited(run, None, change)


def clip_gradients(run: Run, norm: float) -> Run:
    """See `fixes.clip_gradients`."""

    def change(settings: Settings) -> Settings:
        clipped = copy_optimizer(settings["optimizer"], clipnorm=None, clipvalue=None, global_clipnorm=float(norm))
        return {**settings, "optimizer": clipped}

    return edited(run, None, change)


def add_early_stopping(run: Run, patience: int) -> Run:
    """See `fixes.add_early_stopping`. A run of arrays without validation gets a validation part of one fifth."""
    result = fresh(run)
    arguments = result.fit_arguments
    others = [c for c in arguments.get("callbacks") or () if not isinstance(c, keras.callbacks.EarlyStopping)]
    validates = arguments.get("validation_data") is not None or arguments.get("validation_split")
    if not validates and run.y is not None:
        result, validates = result.with_fit(validation_split=0.2), True
    monitor = "val_loss" if validates else "loss"
    stop = keras.callbacks.EarlyStopping(monitor=monitor, patience=patience, restore_best_weights=True)
    return result.with_fit(callbacks=[*others, stop])
