"""Many training steps in one compiled call on JAX: Keras' own stateless train step inside `jax.lax.while_loop`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from keras_magic.keras_adapter.optimizer import given_rate, slots_in_rate

#: Steps of one call, at most: arrays of this length are compiled for.
MOST = 50


def compile_loop(model: Any, optimizer: Any, loss_name: Callable[[dict[str, Any]], str]) -> Callable[..., np.ndarray]:
    """A function of (data, order, rates, changes, limit) that trains a step per rate while the loss is finite and below the limit.

    It gives the losses of the steps that it made, at most `MOST`. The metrics are reset at each step, so that the loss in the logs
    is that of the batch.
    """
    import jax

    places = {id(v): i for i, v in enumerate(optimizer.variables)}
    rate_at = places[id(given_rate(optimizer))]
    powers = {places[id(slot)]: power for slot, power in slots_in_rate(optimizer)}
    parts = (model.trainable_variables, model.non_trainable_variables, optimizer.variables)

    def step(state: Any, metrics: Any, batch: Any, rate: Any, change: Any) -> tuple[Any, Any]:
        """One step; at rate 0 no weight and no slot changes."""
        trainable, others, slots = state
        before = trainable, slots
        slots = [value * change ** powers[i] if i in powers else value for i, value in enumerate(slots)]
        slots[rate_at] = rate.astype(slots[rate_at].dtype)
        logs, (trainable, others, slots, _) = model.train_step((trainable, others, slots, metrics), batch)
        trainable, slots = jax.tree_util.tree_map(lambda new, old: jax.numpy.where(rate > 0, new, old), (trainable, slots), before)
        return (trainable, others, slots), logs[loss_name(logs)].astype("float32")

    def loop(state: Any, metrics: Any, data: Any, order: Any, rates: Any, changes: Any, plan: Any) -> Any:
        steps, limit = plan

        def going_on(carried: Any) -> Any:
            i, loss, *_ = carried
            return (i < steps) & jax.numpy.isfinite(loss) & (loss <= limit)

        def body(carried: Any) -> Any:
            i, _, state, losses = carried
            batch = jax.tree_util.tree_map(lambda rows: jax.numpy.take(rows, order[i], axis=0), data)
            state, loss = step(state, metrics, batch, rates[i], changes[i])
            return i + 1, loss, state, losses.at[i].set(loss)

        start = (0, jax.numpy.finfo("float32").min, state, jax.numpy.zeros(MOST, "float32"))
        count, _, state, losses = jax.lax.while_loop(going_on, body, start)
        return count, losses, state

    compiled = jax.jit(loop)

    def run(data: Any, order: np.ndarray, rates: np.ndarray, changes: np.ndarray, limit: float) -> np.ndarray:
        model.reset_metrics()
        state = tuple([v.value for v in part] for part in parts)
        metrics = [v.value for v in model.metrics_variables]
        padded = (np.resize(order, (MOST, order.shape[1])), np.resize(rates, MOST), np.resize(changes, MOST))
        count, losses, state = compiled(state, metrics, data, *padded, (len(order), np.float32(min(limit, 3e38))))
        for variables, values in zip(parts, state, strict=True):
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)
        return np.asarray(losses)[: int(count)]

    return run
