"""What keras_magic does on the backend of KERAS_BACKEND, each point by small runs of its own; the rows of the table in the README.

KERAS_BACKEND=jax python -m tests.backends     # runs everything on one backend and prints its row
python -m tests.backends --check               # fails where the README and the backends that are installed differ
python -m tests.backends --write               # brings the rows of the backends that are installed up to date
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

README = Path(__file__).parent.parent / "README.md"
BEGIN, END = "<!-- backends: begin (python -m tests.backends --write) -->", "<!-- backends: end -->"
BACKENDS = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "torch"}
LOOPS = {
    "tensorflow": "`GradientTape`, eager or in a `tf.function`",
    "jax": "`stateless_apply`, eager or in a `jax.jit`",
    "torch": "`backward`, Keras' optimizers or torch's",
}


def table(scale: float = 1.0, rate: float = 1e-2) -> tuple[Any, Any, Any]:
    """A small classifier and 400 rows, the first column times `scale`."""
    import keras
    import numpy as np

    keras.utils.set_random_seed(3)
    x = np.random.default_rng(0).normal(size=(400, 8)).astype("float32")
    y = (x[:, 0] + x[:, 1] > 0).astype("int32")
    x[:, 2] = x[:, 2] * scale + 5 * (scale - 1)
    hidden = [keras.layers.Dense(32, "relu"), keras.layers.Dense(16, "tanh")]
    model = keras.Sequential([keras.Input((8,)), *hidden, keras.layers.Dense(2, "softmax")])
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, x, y


def unchanged(model: Any) -> Callable[[], bool]:
    """A function that tells whether the weights and the optimizer are what they are now."""
    import keras
    import numpy as np

    variables = [*model.variables, *model.optimizer.variables]
    before = [np.array(keras.ops.convert_to_numpy(v)) for v in variables]
    return lambda: all(np.array_equal(b, keras.ops.convert_to_numpy(v)) for b, v in zip(before, variables, strict=True))


def watching() -> str:
    """Trainings of eight kinds, plain and watched: weights, losses and random states are equal."""
    from tests.watch import on_backend

    on_backend.main()
    return "bit for bit"


def measures() -> str:
    """Activations, gradients and updates of each layer."""
    import keras

    import keras_magic as km

    model, x, y = table()
    report = km.diagnose(model, x, y, epochs=6, verbose=0, seconds=0, strict=True)
    training = report.diagnoses[0].facts.training
    assert len(training.layers) == 3, training.missing
    for series in training.layers:
        assert max(series.gradient_norm) > 0, (series.name, training.missing)
        assert max(series.update_ratio) > 0, (series.name, training.missing)
        assert max(series.activation_std) > 0, (series.name, training.missing)
    assert not [f for f in report.findings if f.severity in ("error", "warning")], str(report)
    return "yes" if keras.backend.backend() != "jax" else _with_own_step()


def _with_own_step() -> str:
    """On JAX a model with a `train_step` of its own is measured but for its activations, and the report says so."""
    import keras

    import keras_magic as km

    class Own(keras.Sequential):
        def train_step(self, state: Any, data: Any) -> Any:
            return super().train_step(state, data)

    _, x, y = table()
    own = Own([keras.Input((8,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(2, "softmax")])
    own.compile("adam", "sparse_categorical_crossentropy")
    report = km.diagnose(own, x, y, epochs=3, verbose=0, seconds=0, strict=True)
    training = report.diagnoses[0].facts.training
    assert all(max(series.update_ratio) > 0 for series in training.layers), training.missing
    assert not any(series.activation_std for series in training.layers)
    assert any(note.startswith("activations:") for note in training.missing), training.missing
    return "yes; no activations where `train_step` is overridden"


def trials() -> str:
    """An unscaled column: a trial of the scaling helps, and the user's model stays as it is."""
    import keras_magic as km

    model, x, y = table(scale=1e5)
    model.fit(x, y, epochs=1, verbose=0)
    with km.watch(seconds=60, strict=True) as report:
        model.fit(x, y, epochs=8, verbose=0)
    (diagnosis,) = report.diagnoses
    results = diagnosis.facts.trials.results if diagnosis.facts.trials else ()
    found = {f.rule for finding in report.findings for f in (finding, *finding.symptoms)}
    assert "KM203" in found, str(report)
    assert [r for r in results if r.cause == "input-not-scaled" and (r.gain or 0) > 0.3], (results, diagnosis.facts.missing)
    return "yes"


def lr_find() -> str:
    """A rate that is far too low: the band lies above it, by `fit` and by a step of the user's, and all is as it was."""
    import keras_magic as km

    model, x, y = table(rate=1e-6)
    model.train_on_batch(x[:32], y[:32])
    same = unchanged(model)
    result = km.lr_find(model, x, y, steps=60, trial_steps=30)
    assert result.learns, str(result)
    assert result.band[0] > 1e-5, str(result)
    assert same()
    same, model, optimizer, step = own_step()
    batches = [(x[k : k + 32], y[k : k + 32]) for k in range(0, 384, 32)]
    result = km.lr_find(step=step, data=batches, optimizer=optimizer, steps=50, trial_steps=20)
    assert result.learns, str(result)
    assert result.band[0] > 1e-5, str(result)
    assert same()
    return "yes"


def own_step() -> tuple[Callable[[], bool], Any, Any, Callable[[Any, Any], Any]]:
    """A training step without `fit` as it is written for this backend."""
    import keras

    model, *_ = table(rate=1e-6)
    optimizer, loss = model.optimizer, keras.losses.SparseCategoricalCrossentropy()
    optimizer.build(model.trainable_variables)
    backend = keras.backend.backend()
    make = {"tensorflow": _tape_step, "jax": _jax_step, "torch": _torch_step}[backend]
    return unchanged(model), model, optimizer, make(model, optimizer, loss)


def _tape_step(model: Any, optimizer: Any, loss: Any) -> Callable[[Any, Any], Any]:
    import tensorflow as tf

    @tf.function
    def step(x: Any, y: Any) -> Any:
        with tf.GradientTape() as tape:
            value = loss(y, model(x, training=True))
        optimizer.apply(tape.gradient(value, model.trainable_variables), model.trainable_variables)
        return value

    return step


def _torch_step(model: Any, optimizer: Any, loss: Any) -> Callable[[Any, Any], Any]:
    import torch

    def step(x: Any, y: Any) -> Any:
        model.zero_grad()
        value = loss(torch.tensor(y), model(torch.tensor(x), training=True))
        value.backward()
        with torch.no_grad():
            optimizer.apply([v.value.grad for v in model.trainable_variables], model.trainable_variables)
        return value

    return step


def _jax_step(model: Any, optimizer: Any, loss: Any) -> Callable[[Any, Any], Any]:
    import jax

    def forward(trainable: Any, others: Any, x: Any, y: Any) -> Any:
        prediction, others = model.stateless_call(trainable, others, x, training=True)
        return loss(y, prediction), others

    @jax.jit
    def stateless(state: Any, x: Any, y: Any) -> Any:
        trainable, others, slots = state
        (value, others), gradients = jax.value_and_grad(forward, has_aux=True)(trainable, others, x, y)
        trainable, slots = optimizer.stateless_apply(slots, gradients, trainable)
        return value, (trainable, others, slots)

    def step(x: Any, y: Any) -> Any:
        parts = (model.trainable_variables, model.non_trainable_variables, optimizer.variables)
        value, state = stateless(tuple([v.value for v in part] for part in parts), x, y)
        for variables, values in zip(parts, state, strict=True):
            for variable, new in zip(variables, values, strict=True):
                variable.assign(new)
        return value

    return step


def repair() -> str:
    """A learning rate that breaks the training: the repaired run learns."""
    import keras_magic as km

    model, x, y = table(rate=30.0)
    report = km.diagnose(model, x, y, epochs=8, verbose=0, seconds=20, strict=True)
    same = unchanged(model)
    repaired = report.repair(seconds=60)
    assert repaired.kept, str(repaired)
    assert repaired.after is not None
    assert repaired.after > 0.8, str(repaired)
    assert same()
    return "yes"


def loops() -> str:
    """Loops without `fit`, healthy and faulty, plain and watched."""
    import keras

    backend = keras.backend.backend()
    if backend == "tensorflow":
        from tests.loops import test_programs as programs

        for name in programs.programs.CODES:
            programs.test_the_fault_is_named(name)
            programs.test_the_healthy_loop_draws_nothing(name)
    else:
        from tests.loops import on_backend

        on_backend.main()
    return LOOPS[backend]


POINTS: dict[str, Callable[[], str]] = {
    "watching `fit`": watching,
    "activations, gradients, updates": measures,
    "trials of fixes": trials,
    "`%lr_find`, also with `step=`": lr_find,
    "`%repair`": repair,
    "loops without `fit`": loops,
}


def row() -> str:
    """The row of this backend in the table; each point is run."""
    import keras

    backend = keras.backend.backend()
    version = __import__(backend).__version__.split("+")[0]
    cells = []
    for name, point in POINTS.items():
        started = time.perf_counter()
        cells.append(point())
        print(f"{name}: {cells[-1]} ({time.perf_counter() - started:.0f} s)", file=sys.stderr)
    keras_version = ".".join(keras.__version__.split(".")[:2])
    return f"| {BACKENDS[backend]} {'.'.join(version.split('.')[:2])}, Keras {keras_version} | {' | '.join(cells)} |"


def installed() -> list[str]:
    """The backends that can be imported here."""
    return [name for name in BACKENDS if importlib.util.find_spec(name)]


def run(backend: str) -> str:
    """The row of a backend, from a process of its own."""
    environment = {**os.environ, "KERAS_BACKEND": backend, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "tests.backends"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=800, check=False, env=environment)
    if done.returncode:
        raise AssertionError(f"{backend}: {(done.stdout + done.stderr)[-3000:]}")
    print(done.stderr[-1500:], file=sys.stderr)
    return done.stdout.strip().splitlines()[-1]


def updated(text: str, rows: dict[str, str]) -> str:
    """The text with these rows in its table, those of other backends as they are."""
    before, begin, rest = text.partition(BEGIN)
    table, end, after = rest.partition(END)
    assert begin, f"the README needs the marker {BEGIN}"
    assert end, f"the README needs the marker {END}"
    head = f"| backend | {' | '.join(POINTS)} |"
    old = {name: line for name, title in BACKENDS.items() for line in table.splitlines() if line.startswith(f"| {title} ")}
    lines = [
        head,
        "|" + "---|" * (len(POINTS) + 1),
        *(rows.get(name) or old[name] for name in BACKENDS if name in rows or name in old),
    ]
    return "\n".join([f"{before}{begin}", "", *lines, "", f"{end}{after}"])


def without_versions(text: str) -> str:
    """The text with the versions of its table left out: any that is declared may be installed."""
    return "\n".join("|".join(["", "", *line.split("|")[2:]]) if line.startswith("| ") else line for line in text.splitlines())


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.backends", description=__doc__)
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--check", action="store_true")
    choice.add_argument("--write", action="store_true")
    options = parser.parse_args()
    if not options.check and not options.write:
        print(row())
        return 0
    current = README.read_text("utf-8")
    fresh = updated(current, {backend: run(backend) for backend in installed()})
    if options.write:
        README.write_text(fresh, "utf-8")
    elif without_versions(fresh) != without_versions(current):
        print("the table of backends is out of date: run python -m tests.backends --write", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
