"""Loops on the backend of KERAS_BACKEND (jax or torch), healthy and faulty; run by test_backends.py in its own process."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import keras
import numpy as np

import keras_magic as km
from keras_magic.loops.capture import _points

BACKEND = keras.backend.backend()
layers = keras.layers
RNG = np.random.default_rng(0)
X = RNG.normal(size=(256, 6)).astype("float32")
Y = (2 * X[:, 0] + X[:, 1]).astype("float32")
C = (X[:, 0] > 0).astype("int32")


def network(units: int, last: str | None = None, normalised: bool = True) -> keras.Sequential:
    first = [layers.BatchNormalization()] if normalised else []
    body = [layers.Dense(16, activation="relu"), layers.Dense(units, activation=last)]
    return keras.Sequential([keras.Input((6,)), *first, *body])


def squares(y: Any, prediction: Any) -> Any:
    return ((prediction - y) ** 2).mean()


def column_squares(y: Any, prediction: Any) -> Any:
    return squares(y, prediction[:, 0])


def crossentropy() -> Any:
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def torch_loop(
    net: keras.Model, loss_fn: Any, targets: Any, rate: float = 1e-2, training: bool = True, clear: bool = True, own: bool = False
) -> list[Any]:
    """Forty updates with a Keras optimizer, or with one of torch's own; all losses and weights."""
    import torch

    optimizer = torch.optim.Adam(net.parameters(), rate) if own else keras.optimizers.Adam(rate)
    losses = []
    for k in range(40):
        rows = slice(k % 8 * 32, k % 8 * 32 + 32)
        loss = loss_fn(torch.tensor(targets[rows]), net(torch.tensor(X[rows]), training=training))
        if clear:
            net.zero_grad()
        loss.backward()
        if own:
            optimizer.step()
        else:
            variables = net.trainable_variables
            with torch.no_grad():
                optimizer.apply([v.value.grad for v in variables], variables)
        losses.append(float(loss.detach()))
    return [*losses, *(np.array(keras.ops.convert_to_numpy(v)) for v in net.variables)]


def jax_loop(
    net: keras.Model,
    loss_fn: Any,
    targets: Any,
    rate: float = 1e-2,
    training: bool = True,
    compiled: bool = True,
    give: bool = False,
) -> list[Any]:
    """Forty stateless updates, compiled or not, with or without the state given away; all losses and weights."""
    import jax

    optimizer = keras.optimizers.Adam(rate)
    optimizer.build(net.trainable_variables)

    def forward(trainable: Any, others: Any, x: Any, y: Any) -> Any:
        prediction, others = net.stateless_call(trainable, others, x, training=training)
        return loss_fn(y, prediction), others

    def step(state: Any, x: Any, y: Any) -> Any:
        trainable, others, slots = state
        (loss, others), gradients = jax.value_and_grad(forward, has_aux=True)(trainable, others, x, y)
        trainable, slots = optimizer.stateless_apply(slots, gradients, trainable)
        return loss, (trainable, others, slots)

    run = jax.jit(step, donate_argnums=(0,) if give else ()) if compiled else step
    state = tuple([v.value for v in part] for part in (net.trainable_variables, net.non_trainable_variables, optimizer.variables))
    losses = []
    for k in range(40):
        rows = slice(k % 8 * 32, k % 8 * 32 + 32)
        loss, state = run(state, X[rows], targets[rows])
        losses.append(float(loss))
    return [*losses, *map(np.asarray, (*state[0], *state[1]))]


def programs() -> dict[str, tuple[Callable[[], Any], str | None]]:
    """Name -> (loop, code of the check that finds its fault; None where it is healthy)."""
    loop = torch_loop if BACKEND == "torch" else jax_loop

    def classes(last: str | None = None, **options: Any) -> Any:
        return loop(network(2, last), crossentropy(), C, **options)

    found: dict[str, tuple[Callable[[], Any], str | None]] = {
        "classes": (classes, None),
        "numbers": (lambda: loop(network(1), column_squares, Y), None),
        "(n,) against (n, 1)": (lambda: loop(network(1), squares, Y), "KM480"),
        "softmax twice": (partial(classes, "softmax"), "KM481"),
        "no training=True": (partial(classes, training=False), "KM380"),
        "rate too high": (partial(classes, rate=30.0), "KM686"),
        "rate too low": (partial(classes, rate=1e-9), "KM686"),
    }
    if BACKEND == "torch":
        found["torch's optimizer"] = (partial(classes, own=True), None)
        found["never cleared"] = (partial(classes, clear=False), "KM690")
        found["never cleared, torch's optimizer"] = (partial(classes, clear=False, own=True), "KM690")
    else:
        found["not compiled"] = (partial(classes, compiled=False), None)
        found["state given away"] = (partial(classes, give=True), None)
    return found


def main() -> None:
    before = [(owner, name, owner.__dict__.get(name)) for owner, name, _ in _points()]
    for name, (loop, code) in programs().items():
        keras.utils.set_random_seed(1)
        plain = loop()
        keras.utils.set_random_seed(1)
        with km.watch(strict=True, seconds=0) as report:
            watched = loop()
        assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(plain, watched, strict=True)), name
        (diagnosis,) = report.diagnoses
        seen = diagnosis.facts.loop
        assert seen.updates == seen.gradients == 40, (name, seen.updates, seen.gradients)
        assert seen.losses[0] == plain[0], (name, seen.losses[0], plain[0])
        assert seen.update_ratio, name
        found = {f.rule for top in report.findings for f in (top, *top.symptoms)}
        loud = {f.rule for f in report.findings if f.severity in ("error", "warning")}
        print(f"{name}: {sorted(found) or 'nothing found'}")
        assert code in found if code else not loud, (name, code, str(report))
    assert [(owner, name, owner.__dict__.get(name)) for owner, name, _ in _points()] == before
    print(f"loops on {BACKEND}")


if __name__ == "__main__":
    main()
