"""What `compile` was given and keeps on the model, its losses and metrics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras_magic.keras_adapter import private

#: What `compile` and `fit` set on a model besides variables: references that a snapshot keeps.
ATTRIBUTES = (
    "optimizer", "loss", "compiled", "stop_training", "stop_evaluating", "stop_predicting", "history", "steps_per_execution",
    "train_function", "test_function", "predict_function", "_run_eagerly", "_jit_compile", "_compile_loss", "_compile_metrics",
    "_compile_config", "_compiled_trainable_state", "_loss_tracker", "_initial_epoch", "_eval_epoch_iterator",
)  # fmt: skip


def arguments(model: Any) -> dict[str, Any] | None:
    """The arguments of `compile` as they were given; None for a model with a `compile` of its own."""
    config = getattr(model, "_compile_config", None)
    return None if config is None else dict(config.config)


def loss_in_use(model: Any) -> Any:
    """The loss that training uses, as it was given: `model.loss` may have been replaced since; None without one."""
    return getattr(getattr(model, "_compile_loss", None), "_user_loss", None)


def metrics_in_use(model: Any) -> tuple[Any, Any]:
    """(metrics, weighted metrics) as they were given; None for those not given."""
    held = vars(model).get("_compile_metrics")
    return getattr(held, "_user_metrics", None), getattr(held, "_user_weighted_metrics", None)


def has_metrics(model: Any) -> bool:
    """Whether training computes compiled metrics."""
    return getattr(model, "_compile_metrics", None) is not None


def drop_metrics(model: Any) -> None:
    """Compute no compiled metrics from now on: they cost time and take no part in training."""
    model._compile_metrics = None


def jit_setting(model: Any) -> Any:
    """`jit_compile` as it was set, before Keras decides on "auto"; None where it is not set."""
    return vars(model).get("_jit_compile")


def loss_arguments(setting: Any) -> dict[str, Any]:
    """The arguments of the function that a loss or metric of Keras wraps, such as `from_logits`; empty for others."""
    return dict(getattr(setting, "_fn_kwargs", None) or {})


def wrapped_function(setting: Any) -> Any:
    """The function that a loss or metric wraps, None for others."""
    return getattr(setting, "fn", None) or getattr(setting, "_fn", None)


def on_logits(metric: Any) -> Any:
    """`from_logits` of a metric, None where it has no such setting."""
    given = getattr(metric, "from_logits", None)
    return getattr(metric, "_from_logits", None) if given is None else given


def total_loss(model: Any) -> Callable[..., Any]:
    """`compute_loss` with only the arguments that the user's override takes; the public method where Keras has no other."""
    return getattr(model, "_compute_loss", None) or model.compute_loss


def build_symbolically(model: Any, batch: tuple[Any, ...]) -> None:
    """Create the variables of a model, its losses and metrics from one batch, without computing.

    Raises:
        UnsupportedError: this Keras builds models otherwise.
    """
    private(model, "_symbolic_build", "models are built with it before their training")(data_batch=batch)


def has_own_step(model: Any) -> bool:
    """Whether the user's class overrides `train_step`."""
    return not type(model).train_step.__module__.startswith("keras.")


def strategy(model: Any) -> Any:
    """The `tf.distribute` strategy under which the model was made, None without one."""
    return getattr(model, "_distribute_strategy", None)


def came_from_logits(tensor: Any) -> bool:
    """Whether a tensor of probabilities still carries the logits that it was made from, which Keras' losses then use."""
    return hasattr(tensor, "_keras_logits")


def in_stateless_scope() -> bool:
    """Whether Keras only asks for shapes now; without its flag: no."""
    try:
        from keras.src.backend.common.stateless_scope import in_stateless_scope as asked
    except ImportError:
        return False
    return bool(asked())


def crossentropy_module() -> Any:
    """The backend's module whose functions compute all of Keras' cross-entropies; None where this Keras has none."""
    try:
        from keras.src import backend
    except ImportError:
        return None
    return getattr(backend, "nn", None)


def constructor_is_unknown(layer: Any) -> bool:
    """Whether `get_config` does not hold the arguments of the constructor: Keras' default for subclassed models."""
    try:
        from keras.src.utils.python_utils import is_default
    except ImportError:
        return "get_config" not in vars(type(layer))
    return bool(is_default(layer.get_config))


def model_of(callback: Any) -> Any:
    """The model that a callback was given, as it is: the public property would bring its state up to date on JAX."""
    return getattr(callback, "_model", None) or callback.model
