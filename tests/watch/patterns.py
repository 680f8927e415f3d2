"""Neighbours that TensorFlow rewrites together: every activation after and before the usual layers, many in one model.

Each branch has its own output and loss, so that branches share nothing but the input: one training tells of all of them.
Run `python -m tests.watch.patterns [dtype ...] [--jit] [--part N ...]` for the branches that a watched training changes, and those
in which the output of a layer is not measured. Each part is trained in a process of its own: 1.4 GB, not 14.
"""

from __future__ import annotations

import argparse
import multiprocessing
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import layers, ops

from keras_magic.watch.callback import Watch
from keras_magic.watch.traces import forgotten

ROWS, BATCH, PART = 48, 16, 30
DTYPES = ("float32", "mixed_float16", "mixed_bfloat16")
Branch = Callable[[Any, Any], Any]  # (rows × 6, rows × 6 × 6 × 2) -> rows × units

NAMES = (
    *("relu", "relu6", "elu", "selu", "gelu", "celu", "tanh", "sigmoid", "softmax", "softplus", "softsign", "swish", "mish"),
    *("exponential", "leaky_relu", "hard_sigmoid", "hard_tanh", "log_softmax", "linear"),
)


def activations() -> dict[str, Callable[[], Any]]:
    made: dict[str, Callable[[], Any]] = {name: lambda n=name: layers.Activation(n) for name in NAMES if _known(name)}
    made |= {kind.__name__: kind for kind in (layers.ELU, layers.LeakyReLU, layers.PReLU, layers.ReLU, layers.Softmax)}
    return made | {f"ops.{name}": lambda n=name: getattr(ops, n) for name in ("tanh", "sigmoid", "relu", "exp", "square", "abs")}


def _known(name: str) -> bool:
    try:
        return keras.activations.get(name) is not None
    except ValueError:
        return False


def _gate(x: Any) -> Any:
    return layers.Multiply()([x, layers.Dense(x.shape[-1], activation="sigmoid")(x)])


BEFORE: dict[str, Branch] = {
    "Dense": lambda x, _: layers.Dense(8)(x),
    "Dense without bias": lambda x, _: layers.Dense(8, use_bias=False)(x),
    "Conv2D": lambda _, i: layers.Conv2D(4, 3)(i),
    "DepthwiseConv2D": lambda _, i: layers.DepthwiseConv2D(3)(i),
    "Dense, BatchNormalization": lambda x, _: layers.BatchNormalization()(layers.Dense(8)(x)),
    "Conv2D, BatchNormalization": lambda _, i: layers.BatchNormalization()(layers.Conv2D(4, 3)(i)),
    "LayerNormalization": lambda x, _: layers.LayerNormalization()(layers.Dense(8)(x)),
    "UnitNormalization": lambda x, _: layers.UnitNormalization()(layers.Dense(8)(x)),
    "gate": lambda x, _: _gate(layers.Dense(8)(x)),
    "residual": lambda x, _: layers.Add()([x, layers.Dense(6)(x)]),
    "Rescaling": lambda x, _: layers.Rescaling(0.5)(layers.Dense(8)(x)),
}
AFTER: dict[str, Callable[[Any], Any]] = {
    "Dense": lambda h: layers.Dense(4)(h),
    "Dropout": lambda h: layers.Dense(4)(layers.Dropout(0.4, seed=3)(h)),
    "GaussianDropout": lambda h: layers.Dense(4)(layers.GaussianDropout(0.3, seed=4)(h)),
    "GaussianNoise": lambda h: layers.Dense(4)(layers.GaussianNoise(0.3, seed=5)(h)),
    "BatchNormalization": lambda h: layers.Dense(4)(layers.BatchNormalization()(h)),
    "LayerNormalization": lambda h: layers.Dense(4)(layers.LayerNormalization()(h)),
    "Rescaling": lambda h: layers.Dense(4)(layers.Rescaling(2.0)(h)),
    "residual": lambda h: layers.Dense(4)(layers.Add()([h, layers.Dense(h.shape[-1])(h)])),
    "gate": lambda h: layers.Dense(4)(_gate(h)),
    "nothing": lambda h: h,
}


def branches() -> dict[str, Branch]:
    """Every activation after each kind of layer, and before each."""
    found: dict[str, Branch] = {}
    for name, act in activations().items():
        pairs = [(before, "Dense") for before in BEFORE] + [("Dense", after) for after in AFTER]
        pairs += [("UnitNormalization", "Dropout"), ("gate", "Dropout"), ("gate", "GaussianDropout"), ("Conv2D", "Dropout")]
        for before, after in pairs:
            found[f"{before} | {name} | {after}"] = lambda x, i, b=before, a=act, c=after: AFTER[c](a()(BEFORE[b](x, i)))
    return found


def parts(names: list[str] | None = None) -> Iterator[dict[str, Branch]]:
    """The branches by `PART` at a time, spread so that each part holds all kinds."""
    known = branches()
    names = names or list(known)
    count = -(-len(names) // PART)
    for number in range(count):
        yield {name: known[name] for name in names[number::count]}


def build(part: dict[str, Branch], *, dtype: str, jit: bool, optimizer: str) -> keras.Model:
    keras.config.set_dtype_policy(dtype)
    try:
        rows, images = keras.Input((6,)), keras.Input((6, 6, 2))
        outputs = []
        for number, branch in enumerate(part.values()):
            out = branch(rows, images)
            out = layers.GlobalAveragePooling2D()(out) if len(out.shape) == 4 else out
            outputs.append(layers.Activation("linear", dtype="float32", name=f"out_{number}")(out))
        model = keras.Model([rows, images], outputs)
    finally:
        keras.config.set_dtype_policy("float32")
    model.compile(optimizer, ["mse"] * len(outputs), jit_compile=jit)
    return model


class Compared(NamedTuple):
    """Branches whose weights or losses differ by any bit after a watched training; those with a layer whose output was not read."""

    differing: list[str]
    unread: list[str]


@forgotten()  # swish has a custom gradient: TensorFlow would keep the whole graph
def compare(part: dict[str, Branch], *, dtype: str = "float32", jit: bool = False, optimizer: str = "adam") -> Compared:
    """Train the branches of a part twice, plain and watched."""
    rng = np.random.default_rng(0)
    data = [rng.normal(size=(ROWS, 6)).astype("float32"), rng.normal(size=(ROWS, 6, 6, 2)).astype("float32")]
    left = []
    for callbacks in ([], [Watch()]):
        keras.utils.set_random_seed(5)
        model = build(part, dtype=dtype, jit=jit, optimizer=optimizer)
        targets = [np.random.default_rng(1).normal(size=(ROWS, *out.shape[1:])).astype("float32") for out in model.outputs]
        history = model.fit(data, targets, batch_size=BATCH, epochs=1, verbose=0, callbacks=callbacks).history
        left.append(([v.numpy().tobytes() for v in model.variables], history, model))
    facts = callbacks[0].facts
    assert facts.layers, facts.missing
    (plain, curves, model), (watched, other, seen) = left
    wrong = {v.path for v, a, b in zip(model.variables, plain, watched, strict=True) if a != b}
    wrong |= {name for name in curves if repr(curves[name]) != repr(other[name])}
    read = {layer.name for layer in facts.layers if layer.activation_mean}
    return Compared(
        [name for number, name in enumerate(part) if _touched(model, number, wrong)] or sorted(wrong),
        [name for number, name in enumerate(part) if not _layers(seen, number) <= read],
    )


def differing(part: dict[str, Branch], **how: Any) -> list[str]:
    """Branches that watching changes, as in `compare`."""
    return compare(part, **how).differing


def _layers(model: keras.Model, number: int) -> set[str]:
    """Names of the layers that an output is made by."""
    made = _upstream(model, number)
    return {o.name for o in made if isinstance(o, layers.Layer) and not isinstance(o, layers.InputLayer)}


def _touched(model: keras.Model, number: int, wrong: set[str]) -> bool:
    """Whether something upstream of this output, or its loss, is among the differing."""
    own = {v.path for operation in _upstream(model, number) for v in getattr(operation, "variables", ())}
    return bool(wrong & (own | {f"out_{number}_loss"}))


def _upstream(model: keras.Model, number: int) -> list[Any]:
    """The operations that an output is made by."""
    waiting, seen = [model.outputs[number]], {}
    while waiting:
        operation = waiting.pop()._keras_history.operation
        if id(operation) not in seen:
            seen[id(operation)] = operation
            waiting += [tensor for node in operation._inbound_nodes for tensor in node.input_tensors]
    return list(seen.values())


def compare_part(number: int, dtype: str, jit: bool) -> Compared:
    """`compare` for a part by its number; Adam and SGD in turn."""
    return compare(list(parts())[number], dtype=dtype, jit=jit, optimizer=("adam", "sgd")[number % 2])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dtypes", nargs="*", default=DTYPES)
    parser.add_argument("--jit", action="store_true")
    parser.add_argument("--part", type=int, nargs="*")
    given = parser.parse_args()
    sizes = [len(part) for part in parts()]
    numbers = range(len(sizes)) if given.part is None else given.part
    for dtype in given.dtypes:
        tried, total = 0, Compared([], [])
        for number in numbers:
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                found = pool.apply(compare_part, (number, dtype, given.jit))
            tried, total = tried + sizes[number], Compared(*(a + b for a, b in zip(total, found, strict=True)))
            print(
                f"part {number}:",
                *(f"\n  {n} differs" for n in found.differing),
                *(f"\n  {n} not read" for n in found.unread),
                flush=True,
            )
        differences = f"{len(total.differing)} differ, {len(total.unread)} not measured wholly"
        print(f"{dtype} jit={given.jit}: {tried} branches, {differences}", flush=True)


if __name__ == "__main__":
    main()
