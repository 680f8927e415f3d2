"""What `compile` was given, in canonical names: losses and metrics per output, the optimizer, and what went stale since.

Reads the objects as the user passed them; nothing is built, no schedule or optimizer is advanced.
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from keras_magic.facts import OptimizerFacts
from keras_magic.keras_adapter import compiled as keras_compiled
from keras_magic.keras_adapter.compiled import loss_arguments
from keras_magic.keras_adapter.layers import flattened, own_variables
from keras_magic.keras_adapter.optimizer import given_rate, innermost, updated_variables
from keras_magic.sources.activations import snake

_LOGIT_LOSSES = ("crossentropy", "focal")
_OPTIMIZER_OPTIONS = (
    "beta_1", "beta_2", "epsilon", "rho", "amsgrad", "nesterov", "gradient_accumulation_steps", "use_ema", "ema_momentum",
    "loss_scale_factor", "centered",
)  # fmt: skip


def split_by_output(given: Any, names: Sequence[str], keys: Sequence[Any]) -> list[Any]:
    """What belongs to each output of a dict, list or single value as `compile` takes it for `loss`.

    Args:
        names: output names; keys: keys of a dict-like output structure, or the names again.
    """
    if isinstance(given, Mapping):
        return [given.get(name, given.get(key)) for name, key in zip(names, keys, strict=True)]
    if isinstance(given, (list, tuple)):
        return [*given, *([None] * len(names))][: len(names)]
    return [given] * len(names)


def split_metrics(given: Any, names: Sequence[str], keys: Sequence[Any]) -> list[list[Any]]:
    """Metrics per output; Keras gives a flat list to the only output, a list of lists or dict to several."""
    if given is None:
        return [[] for _ in names]
    if len(names) == 1:
        return [_flatten(given)]
    return [_flatten(part) for part in split_by_output(given, names, keys)]


def _flatten(value: Any) -> list[Any]:
    if value is None:
        return []
    if isinstance(value, Mapping):
        return [m for v in value.values() for m in _flatten(v)]
    if isinstance(value, (list, tuple)):
        return [m for v in value for m in _flatten(v)]
    return [value]


def loss_name(loss: Any) -> str | None:
    """Canonical name of a loss: Keras' function name, "crossentropy" as the string, "custom" for the user's own, None for none."""
    if loss is None:
        return None
    if isinstance(loss, str):
        if loss.lower() in ("crossentropy", "ce"):
            return "crossentropy"
        loss = _resolve("losses", loss)
    return _keras_name(loss, "losses")


def step_loss(model: Any) -> str | None:
    """See `HeadFacts.step_loss`; a step that applies a softmax itself names it."""
    import keras

    held = [v for v in vars(model).values() if isinstance(v, keras.losses.Loss)]
    step = getattr(inspect.unwrap(type(model).train_step), "__code__", None)
    if len(held) != 1 or step is None or any(word in name for name in step.co_names for word in ("softmax", "sigmoid")):
        return None
    name, (logits, _) = loss_name(held[0]), loss_settings(held[0])
    return name if name and "crossentropy" in name and logits is False else None


def loss_settings(loss: Any) -> tuple[bool | None, dict[str, Any]]:
    """(from_logits, other options) of a loss; from_logits is None where the loss has no such argument."""
    name = loss_name(loss)
    options = {k: v for k, v in loss_arguments(loss).items() if isinstance(v, (bool, int, float, str))}
    logits = options.pop("from_logits", None)
    if logits is None and name is not None and any(word in name for word in _LOGIT_LOSSES):
        logits = False
    reduction = getattr(loss, "reduction", None)
    if reduction is not None:
        options["reduction"] = reduction
    return (None if logits is None else bool(logits)), options


def metric_names(metrics: Sequence[Any]) -> tuple[tuple[str, ...], dict[str, dict[str, Any]]]:
    """Canonical metric names ("accuracy" stays, as Keras resolves it by shape) and their settings that matter."""
    names: list[str] = []
    options: dict[str, dict[str, Any]] = {}
    for metric in metrics:
        name = _metric_name(metric)
        names.append(name)
        settings = {"threshold": getattr(metric, "threshold", None), "from_logits": keras_compiled.on_logits(metric)}
        settings |= {k: v for k, v in loss_arguments(metric).items() if k in settings}
        plain = {k: v for k, v in settings.items() if isinstance(v, (bool, int, float))}
        if plain:
            options[name] = plain
    return tuple(names), options


def _metric_name(metric: Any) -> str:
    if isinstance(metric, str):
        if metric.lower() in ("accuracy", "acc"):
            return "accuracy"
        metric = _resolve("metrics", metric)
    return _keras_name(metric, "metrics") or "custom"


def _resolve(module: str, name: str) -> Any:
    import keras

    with contextlib.suppress(Exception):
        return getattr(keras, module).get(name)
    return None


def _keras_name(thing: Any, module: str) -> str:
    """Snake-case name of a loss or metric that Keras defines, else "custom"."""
    if inspect.isfunction(thing):
        return thing.__name__ if thing.__module__.startswith("keras.") else "custom"
    if type(thing).__name__ in ("LossFunctionWrapper", "MeanMetricWrapper"):
        return _keras_name(keras_compiled.wrapped_function(thing), module)
    cls = thing if inspect.isclass(thing) else type(thing)
    return snake(cls.__name__) if cls.__module__.startswith("keras.") else "custom"


# ---------------------------------------------------------------- optimizer


def read_optimizer(optimizer: Any) -> OptimizerFacts | None:
    """Facts of an optimizer, looking through a `LossScaleOptimizer`; None when there is none."""
    if optimizer is None:
        return None
    options: dict[str, Any] = {}
    if innermost(optimizer) is not optimizer:
        options["loss_scaling"] = type(optimizer).__name__
        optimizer = innermost(optimizer)
    options.update({k: v for k in _OPTIMIZER_OPTIONS if isinstance(v := getattr(optimizer, k, None), (bool, int, float))})
    iterations = int(_number(getattr(optimizer, "iterations", 0)) or 0)
    rate, schedule, peak = _learning_rate(optimizer, iterations)
    return OptimizerFacts(
        name=type(optimizer).__name__,
        learning_rate=rate,
        schedule=schedule,
        peak=peak,
        momentum=float(_number(getattr(optimizer, "momentum", 0.0)) or 0.0),
        clipping={k: float(v) for k in ("clipnorm", "clipvalue", "global_clipnorm") if (v := getattr(optimizer, k, None))},
        weight_decay=_number(getattr(optimizer, "weight_decay", None)),
        options=options,
        iterations=iterations,
    )


def _learning_rate(optimizer: Any, iterations: int) -> tuple[float | None, str | None, float | None]:
    """(rate at the next step, class of the schedule, highest rate of the schedule)."""
    import keras

    given = given_rate(optimizer)
    if isinstance(given, keras.optimizers.schedules.LearningRateSchedule):
        rates = [_number(given(step)) for step in sorted({iterations, *_interesting_steps(given)})]
        known = [r for r in rates if r is not None]
        return _number(given(iterations)), type(given).__name__, max(known, default=None)
    return _number(given), None, None


def _interesting_steps(schedule: Any) -> set[int]:
    """Steps at which a schedule may be highest: the start, its own whole-number settings, and a coarse grid between."""
    steps = {0, 1}
    for value in vars(schedule).values():
        for v in value if isinstance(value, (list, tuple)) else [value]:
            if isinstance(v, (int, float)) and not isinstance(v, bool) and 1 <= v < 1e9:
                steps |= {int(v), int(v) + 1}
    last = max(steps)
    return steps | {last * k // 8 for k in range(8)}


def _number(value: Any) -> float | None:
    """A float from a number, variable or tensor; None for anything else."""
    if value is None or isinstance(value, bool):
        return None
    with contextlib.suppress(Exception):
        import keras

        return float(keras.ops.convert_to_numpy(value))
    return None


# ---------------------------------------------------------------- stale


def stale_layers(model: Any) -> Iterator[str]:
    """Layers that joined the model, or whose `trainable` changed, after a first training, without a new `compile`.

    `compile` drops the train function and starts a new optimizer; `fit` traces the function over the trainable weights of that
    moment, builds the optimizer for them and keeps both. A change before the first `fit` therefore takes effect, a later one
    does not: the traced function goes on with the old list. (Keras' own note of the states at `compile` is overwritten when it
    warns, so that the variables of the built optimizer are asked first.)
    """
    if model.optimizer is None or not getattr(innermost(model.optimizer), "built", False):
        return
    tracked = {id(v) for v in updated_variables(model.optimizer)}
    if not tracked or not any(id(v) in tracked for v in model.variables):
        return  # an optimizer built for another model
    for layer in flattened(model):
        own = [v for v in own_variables(layer, trainable_only=True) if layer.built]
        if own and any((id(v) in tracked) != v.trainable for v in own):
            yield layer.name


def stale_parts(model: Any) -> tuple[str, ...]:
    """ "loss" when `model.loss` was replaced after `compile` (the compiled loss is used)."""
    compiled = keras_compiled.loss_in_use(model)
    replaced = compiled is not None and model.loss is not compiled and model.loss != compiled
    return ("loss",) if replaced else ()
