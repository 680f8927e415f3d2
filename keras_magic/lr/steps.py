"""`Stepper`: training steps at given rates, on the user's model with a borrowed optimizer, returning true batch losses.

On TensorFlow and JAX many steps run in one compiled loop (no dispatch, no callbacks, no metrics); whatever that cannot serve runs
step by step through `train_on_batch`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from keras_magic.errors import UnsupportedError, UsageError, summary_of
from keras_magic.keras_adapter.compiled import has_own_step, strategy, total_loss
from keras_magic.keras_adapter.layers import takes_training
from keras_magic.keras_adapter.optimizer import given_rate, innermost, slots_in_rate
from keras_magic.lr import jax_loop
from keras_magic.lr.optimizer import copy_state, working_copy
from keras_magic.lr.pool import Pool
from keras_magic.sources.trees import map_tree
from keras_magic.watch.snapshot import copy_values, ensure_built, model_variables, preserved, put_back
from keras_magic.watch.traces import forgotten

#: A compiled call should take about this long, so that progress shows and an interrupt is heeded.
CHUNK_SECONDS = 0.25
#: Steps of the first compiled call, whose speed is unknown.
FIRST_CHUNK = 8


@dataclass(frozen=True)
class Trace:
    """Losses of consecutive steps; shorter than asked when they stopped being finite or passed the limit.

    Args:
        losses: loss of each batch before its update, regularisation included; shape (steps,).
        penalties: the part of it that the model adds (regularisation), NaN where it cannot be separated.
    """

    losses: np.ndarray
    penalties: np.ndarray


#: Losses and penalties of some steps.
_Losses = tuple[list[float], list[float]]
#: Called after each chunk with the losses so far; returns the loss above which to stop (None: stop now).
Watch = Callable[[np.ndarray], float | None]


@contextmanager
def borrowed(
    model: Any, pool: Pool, changes: Mapping[str, Any] | None = None, initial_weights: Sequence[Any] | None = None
) -> Iterator[Stepper]:
    """A stepper on `model`, which afterwards is as it was, bit for bit, however the block ends.

    Args:
        changes: settings of the optimizer to try, such as {"momentum": 0.9}.
        initial_weights: start from these values of `model.weights` and a fresh optimizer, instead of from the present state.
    """
    first = pool.take(pool.order(1)[0])
    try:
        ensure_built(model, first)
    except UnsupportedError:
        raise
    except UsageError as error:
        raise UsageError(f"{error}{_without_targets(pool)}") from error
    if not model.trainable_weights:
        raise UnsupportedError("the model has no trainable weights; set layer.trainable = True and compile again")
    untouched = None if has_own_step(model) else model.optimizer  # a copy of it takes all steps
    with forgotten(), preserved(model, untouched) as before, model_scope(model):
        optimizer = working_copy(model.optimizer, changes)
        if initial_weights is None:
            copy_state(model.optimizer, optimizer, model.trainable_weights)
        else:
            model.set_weights(list(initial_weights))
            optimizer.build(model.trainable_weights)
        model.__dict__["optimizer"] = optimizer
        model.__dict__["train_function"] = None
        yield Stepper(model, optimizer, pool, before.weights if initial_weights is None else ())


def model_scope(model: Any) -> Any:
    """The scope in which the model's variables live (tf.distribute)."""
    from contextlib import nullcontext

    held = strategy(model)
    return held.scope() if held is not None else nullcontext()


class Stepper:
    """Runs training steps; `reset` goes back to the start. Made by `borrowed`.

    Args:
        weights: variables of the model and copies of their values at the start, where there are any: they are not copied again.
    """

    def __init__(self, model: Any, optimizer: Any, pool: Pool, weights: Sequence[tuple[Any, Any]] = ()) -> None:
        self.model, self.optimizer, self.pool = model, optimizer, pool
        self.steps_run = 0
        self.repeats = innermost(optimizer).gradient_accumulation_steps or 1
        slots = copy_values(optimizer.variables, zeros=False)
        self._start = [*(weights or copy_values(model_variables(model))), *slots]
        self._loop: Any = None
        self._data: Any = None
        self.compiled = _can_compile(model)
        self._speed: float | None = None
        self._traced = False

    def reset(self) -> None:
        """Put weights, optimizer and seeds back to the start."""
        put_back(self._start)

    def run(
        self,
        rates: np.ndarray,
        seed: int = 0,
        *,
        first: int = 0,
        cycle: int | None = None,
        pool: Pool | None = None,
        watch: Watch | None = None,
    ) -> Trace:
        """Train one step per rate on the shuffled batches that belong to `seed`, from the `first` on, from the current state;
        with `cycle` the first so many of them come again and again.

        With gradient accumulation a rate lasts for a whole update; its loss is the mean over the micro-batches.
        """
        repeated = np.repeat(np.asarray(rates, "float32"), self.repeats)
        pool = pool or self.pool
        order = pool.order(first * self.repeats + len(repeated), seed)[first * self.repeats :]
        if cycle is not None:
            order = order[np.arange(len(order)) % (cycle * self.repeats)]
        changes = _changes(repeated)
        losses: list[float] = []
        penalties: list[float] = []
        limit: float | None = np.inf
        while len(losses) < len(repeated) and limit is not None:
            chunk = min(self._chunk(len(losses)), len(repeated) - len(losses))
            start = time.perf_counter()
            part = slice(len(losses), len(losses) + chunk)
            done, extra = self._some(pool, order[part], repeated[part], changes[part], limit)
            self._learn_speed(chunk, time.perf_counter() - start)
            losses += done
            penalties += extra
            self.steps_run += len(done)
            if not np.isfinite(losses[-1]) or losses[-1] > limit or len(done) < chunk:
                break
            limit = watch(self._per_rate(losses)) if watch else np.inf
        return Trace(self._per_rate(losses), self._per_rate(penalties))

    def _per_rate(self, values: list[float]) -> np.ndarray:
        full = len(values) // self.repeats * self.repeats
        kept = np.array(values if full == 0 else values[:full], "float64")
        return kept if self.repeats == 1 or full == 0 else kept.reshape(-1, self.repeats).mean(axis=1)

    def _chunk(self, done: int) -> int:
        if not self.compiled:
            return self.repeats
        if self._speed is None:
            return FIRST_CHUNK
        return int(np.clip(CHUNK_SECONDS / max(self._speed, 1e-9), 1, jax_loop.MOST))

    @property
    def speed(self) -> float | None:
        """Seconds of a step, None while that is not known."""
        return self._speed

    def time_a_step(self) -> float:
        """Seconds that a step takes, measured on three that are undone and not counted; the first one is the tracing."""
        counted, took = self.steps_run, 0.0
        for steps in (1, 2):
            started = time.perf_counter()
            self.run(np.full(steps, 1e-9)[: max(1, steps // self.repeats)])
            took = (time.perf_counter() - started) / steps
        self._speed = took
        self.steps_run = counted
        self.reset()
        return took

    def _learn_speed(self, steps: int, seconds: float) -> None:
        if self._traced:
            self._speed = seconds / steps
        self._traced = True

    def _some(self, pool: Pool, order: np.ndarray, rates: np.ndarray, changes: np.ndarray, limit: float) -> _Losses:
        if self.compiled:
            if self._traced:
                return self._compiled_steps(pool, order, rates, changes, limit)
            try:
                return self._compiled_steps(pool, order, rates, changes, limit)
            except Exception:
                # not every model can be traced inside a loop; if the data are at fault, the plain step says so
                self.compiled = False
                self.reset()
        return self._plain_steps(pool, order, rates, changes)

    def _compiled_steps(self, pool: Pool, order: np.ndarray, rates: np.ndarray, changes: np.ndarray, limit: float) -> _Losses:
        data = self._tensors(pool)
        if _on_jax():
            if self._loop is None:
                self._loop = jax_loop.compile_loop(self.model, self.optimizer, _loss_name)
            made = self._loop(data, order, rates, changes, limit).tolist()
            return made, [float("nan")] * len(made)
        import tensorflow as tf

        if self._loop is None:
            self._loop = _compile_loop(self.model, self.optimizer, data, order.shape[1])
        steps = (tf.constant(order), tf.constant(rates), tf.constant(changes))
        count, losses, penalties = self._loop(data, *steps, tf.constant(limit, tf.float32))
        n = int(count)
        return losses.numpy()[:n].tolist(), penalties.numpy()[:n].tolist()

    def _tensors(self, pool: Pool) -> Any:
        import keras

        if pool is self.pool and self._data is not None:
            return self._data
        data = tuple(map_tree(keras.ops.convert_to_tensor, part) for part in pool.rows)
        if pool is self.pool:  # one of shuffled targets is used once
            self._data = data
        return data

    def _plain_steps(self, pool: Pool, order: np.ndarray, rates: np.ndarray, changes: np.ndarray) -> _Losses:
        losses: list[float] = []
        for rows, rate, change in zip(order, rates, changes, strict=True):
            innermost(self.optimizer).learning_rate = float(rate)
            for slot, power in slots_in_rate(self.optimizer) if change != 1 else ():
                slot.assign(slot * float(change) ** power)
            x, y, weight = pool.take(rows)
            try:
                logs = self.model.train_on_batch(x, y, sample_weight=weight, return_dict=True)
            except Exception as error:
                if losses or self.steps_run:
                    raise
                raise UsageError(
                    f"the model cannot be trained on this data: {summary_of(error)}{_without_targets(pool)}"
                ) from error
            losses.append(float(logs[_loss_name(logs)]))
            if not np.isfinite(losses[-1]):
                break
        return losses, [float("nan")] * len(losses)


def _without_targets(pool: Pool) -> str:
    return "" if pool.rows[1] is not None else "; no targets were given, so pass y as well if the loss compares with any"


def _changes(rates: np.ndarray) -> np.ndarray:
    """The factor by which the learning rate changes before each step, 1 where it does not (the first step, and next to 0)."""
    changes = np.ones_like(rates)
    both = (rates[1:] > 0) & (rates[:-1] > 0)
    np.divide(rates[1:], rates[:-1], out=changes[1:], where=both)
    return changes


def _loss_name(logs: dict[str, Any]) -> str:
    names = [n for n in logs if n == "loss"] or [n for n in logs if "loss" in n]
    if len(names) != 1:
        raise UnsupportedError(f"train_step must return one loss named 'loss'; it returns {', '.join(logs) or 'nothing'}")
    return names[0]


def _can_compile(model: Any) -> bool:
    import keras

    return keras.backend.backend() != "torch" and not model.run_eagerly and strategy(model) is None


def _on_jax() -> bool:
    import keras

    return keras.backend.backend() == "jax"


def _compile_loop(model: Any, optimizer: Any, data: Any, batch_size: int) -> Callable[..., Any]:
    """One graph, traced once, that runs a training step per rate while the loss is finite and below the limit."""
    import tensorflow as tf

    step = _own_step(model) if has_own_step(model) else _plain_step(model, optimizer)
    rate_variable = given_rate(optimizer)
    slots = slots_in_rate(optimizer)

    def loop(data: Any, order: Any, rates: Any, changes: Any, limit: Any) -> Any:
        steps = tf.shape(order)[0]
        arrays = [tf.TensorArray(tf.float32, size=steps, element_shape=()) for _ in range(2)]

        def going_on(i: Any, loss: Any, *_: Any) -> Any:
            return (i < steps) & tf.math.is_finite(loss) & (loss <= limit)

        def body(i: Any, _: Any, losses: Any, penalties: Any) -> Any:
            rate_variable.assign(tf.cast(rates[i], rate_variable.dtype))
            for slot, power in slots:
                slot.assign(slot * tf.cast(changes[i] ** power, slot.dtype))
            rows = order[i]
            loss, penalty = step(map_tree(lambda tensor: tf.gather(tensor, rows), data), rates[i] > 0)
            loss, penalty = tf.cast(loss, tf.float32), tf.cast(penalty, tf.float32)
            return i + 1, loss, losses.write(i, loss), penalties.write(i, penalty)

        start = (tf.constant(0), tf.constant(tf.float32.min), *arrays)
        count, _, losses, penalties = tf.while_loop(going_on, body, start, parallel_iterations=1)
        return count, losses.stack(), penalties.stack()

    specs = map_tree(lambda t: tf.TensorSpec((None, *t.shape[1:]), t.dtype), data)
    order_spec = tf.TensorSpec([None, batch_size], tf.int32)
    rates_spec, limit_spec = tf.TensorSpec([None], tf.float32), tf.TensorSpec([], tf.float32)
    return tf.function(loop, autograph=False).get_concrete_function(specs, order_spec, rates_spec, rates_spec, limit_spec)


def _plain_step(model: Any, optimizer: Any) -> Callable[[Any, Any], tuple[Any, Any]]:
    """Keras' own training step without its metrics: forward in training mode, loss, gradients, update (but at rate 0, by which
    Ftrl divides)."""
    import tensorflow as tf

    weights, compute_loss = model.trainable_weights, total_loss(model)
    training = {"training": True} if takes_training(model) else {}

    def step(batch: tuple[Any, Any, Any], update: Any) -> tuple[Any, Any]:
        x, y, weight = batch
        with tf.GradientTape() as tape:
            prediction = model(x, **training)
            loss = compute_loss(x=x, y=y, y_pred=prediction, sample_weight=weight, training=True)
            scaled = optimizer.scale_loss(loss)
        penalty = tf.add_n([tf.cast(p, tf.float32) for p in model.losses]) if model.losses else tf.constant(0.0)
        gradients = tape.gradient(scaled, weights)

        def apply() -> Any:
            optimizer.apply_gradients(zip(gradients, weights, strict=True))
            return tf.constant(0)

        tf.cond(update, apply, lambda: tf.constant(0))
        return loss, penalty

    return step


def _own_step(model: Any) -> Callable[[Any, Any], tuple[Any, Any]]:
    """The user's `train_step`; its loss metric is reset before each step, so that it holds this batch alone."""
    import tensorflow as tf

    def step(batch: tuple[Any, Any, Any], _: Any) -> tuple[Any, Any]:
        model.reset_metrics()
        x, y, weight = batch
        logs = model.train_step((x,) if y is None else (x, y) if weight is None else batch)
        return logs[_loss_name(logs)], tf.constant(np.nan, tf.float32)

    return step
