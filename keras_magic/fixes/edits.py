"""What the fixes do to models, one function for each; see the builders of the same name for their meaning."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras  # noqa: TID253 - this module is imported only when a fix is applied
import numpy as np  # noqa: TID253

from keras_magic.errors import UnsupportedError
from keras_magic.fixes import graph
from keras_magic.fixes.models import Settings, compile_model, copy_optimizer, edited, fresh, map_settings, undisturbed
from keras_magic.fixes.rebuild import Config, Edit
from keras_magic.keras_adapter.optimizer import innermost
from keras_magic.run import Run
from keras_magic.sources.trees import named_leaves

layers = keras.layers

# ---------------------------------------------------------------- edits: inputs


def with_input_shapes(run: Run, shapes: Mapping[int, tuple[int | None, ...]], unscaled: Sequence[int] = ()) -> Run:
    """The run with other shapes of some inputs; layers whose weights then differ start again.

    Args:
        unscaled: indexes of inputs that are no longer scaled inside the model.
    """
    scalers = graph.scalers(run.model, unscaled)
    return edited(run, Edit(shapes=dict(shapes), drop=(lambda layer: id(layer) in scalers) if scalers else None))


def add_normalization(run: Run, x: Any, only: str | None) -> Run:
    """A `Normalization` layer after each input of numbers, adapted on the sample `x`."""
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
    return edited(run, None, _with_loss(run, loss, output))


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


def recompile(run: Run) -> Run:
    return edited(run, None, thaw=True)


# ---------------------------------------------------------------- edits: optimizer and fit


def compile_with(run: Run, loss: str, logits: bool) -> Run:
    """See `fixes.compile_model`."""
    kind = "".join(part.title() for part in loss.split("_"))
    metrics = ["mae"] if loss == "mean_squared_error" else ["accuracy"]
    made = getattr(keras.losses, kind)(from_logits=True) if logits else loss
    run = edited(run)
    compile_model(run.model, {"optimizer": keras.optimizers.Adam(), "loss": made, "metrics": metrics})
    return run


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
