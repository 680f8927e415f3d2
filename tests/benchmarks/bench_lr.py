"""How good are the suggested learning rates? Regret beside other tools' rules, agreement between seeds, cost.

    python -m tests.benchmarks.bench_lr [--seeds 5] [--tasks mlp_adam,cnn_sgd] [--fast] [--overhead]

Truth: every rate of a grid (1e-5 .. 10, two per decade) trained from two initialisations with other batch orders than the
finder sees. Regret = (loss(rate) - best) / (untrained - best) on the full training set, clipped to 0..1, linear in the
logarithm of the rate. Truth and sweeps are kept in `build/lr_truth` and `build/lr_sweeps`; delete them after a change of the
tasks or of the sweep.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_magic.lr import suggest
from keras_magic.lr.find import RULES, lr_find
from keras_magic.lr.pool import open_pool
from keras_magic.lr.result import LRFindResult
from keras_magic.lr.schedule import exponential, lattice
from keras_magic.lr.steps import borrowed
from keras_magic.lr.sweep import sweep
from tests.benchmarks.lr_last_tasks import FOURTH, THIRD
from tests.benchmarks.lr_more_tasks import FIRST, SECOND
from tests.benchmarks.lr_tasks import HELD_OUT, TUNED, Built

BUILD = Path(__file__).parents[2] / "build"
TRUTH, SWEEPS = BUILD / "lr_truth", BUILD / "lr_sweeps"
GRID = lattice(1e-5, 10)
STEPS = 160
TASKS = {
    "looked at while tuning": TUNED,
    "held out": HELD_OUT,
    "written later, first": FIRST,
    "written later, second": SECOND,
    "written later, third": THIRD,
    "written last": FOURTH,
}


def truth(name: str, build: Callable[[int], Built]) -> np.ndarray:
    """Regret of each rate of `GRID`."""
    file = TRUTH / f"{name}.npy"
    if file.exists():
        return np.load(file)
    losses, untrained = zip(*(_grid(build, seed) for seed in (0, 1)), strict=True)
    mean, start = np.mean(losses, axis=0), float(np.mean(untrained))
    regrets = np.clip((mean - mean.min()) / (start - mean.min()), 0, 1)
    TRUTH.mkdir(parents=True, exist_ok=True)
    np.save(file, regrets)
    return regrets


def _grid(build: Callable[[int], Built], seed: int) -> tuple[np.ndarray, float]:
    keras.utils.set_random_seed(500 + seed)
    model, x, y = build(seed)
    found = np.full(len(GRID), 1e30)
    with borrowed(model, open_pool(x, y, steps=10_000)) as stepper:
        for i, rate in enumerate(GRID):
            stepper.reset()
            losses = stepper.run(np.full(STEPS, rate), seed=7000 + seed).losses
            if len(losses) == STEPS and np.isfinite(losses[-1]):
                found[i] = np.nan_to_num(_loss(model, x, y), nan=1e30)
        stepper.reset()
        return found, _loss(model, x, y)


def _loss(model: Any, x: Any, y: Any) -> float:
    """On the full training set. Moving averages are first set to those of the set: within so few steps they lag far behind the
    weights, and the lag would be taken for the rate's fault."""
    norms = [layer for layer in model._flatten_layers() if isinstance(layer, keras.layers.BatchNormalization)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 0.0
    if norms:
        model(x, training=True)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    return float(np.ravel(model.evaluate(x, y, verbose=0, batch_size=512))[0])


def sweeps(name: str, build: Callable[[int], Built], seeds: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Rates and losses of one sweep per seed (weights and batch order), as `lr_find` runs it with its defaults."""
    file = SWEEPS / f"{name}.npz"
    kept = dict(np.load(file)) if file.exists() else {}
    if f"losses{seeds - 1}" not in kept:
        model, x, y = build(0)
        with borrowed(model, open_pool(x, y)) as stepper:
            for seed in range(seeds):
                keras.utils.set_random_seed(100 + seed)
                stepper.reset()
                model.set_weights(build(seed)[0].get_weights())
                stepper.mark()
                found = sweep(stepper, 1e-7, 10.0, 100, seed=10 * seed)
                kept[f"lrs{seed}"], kept[f"losses{seed}"] = found.lrs, found.losses
        SWEEPS.mkdir(parents=True, exist_ok=True)
        np.savez(file, **kept)
    return [(kept[f"lrs{seed}"], kept[f"losses{seed}"]) for seed in range(seeds)]


def regret(regrets: np.ndarray, rate: float | None) -> float:
    return 1.0 if rate is None else float(np.interp(np.log10(rate), np.log10(GRID), regrets))


# ---------------------------------------------------------------- further rules of other tools, from their descriptions


def steep(lrs: np.ndarray, losses: np.ndarray) -> float | None:
    """fastai `steep`: steepest point of its own smoothing."""
    view = slice(len(lrs) // 10, -5)
    return float(lrs[view][np.argmin(np.gradient(suggest.smooth(losses, 0.98)[view]))])


def moving_difference(lrs: np.ndarray, losses: np.ndarray) -> float | None:
    """keras_lr_finder: the lowest difference over five steps, without ten points at the start and five at the end."""
    differences = (losses[5:] - losses[:-5]) / 5
    return float(lrs[5:][10:-5][np.argmin(differences[10:-5])])


def per_linear_rate(lrs: np.ndarray, losses: np.ndarray) -> float | None:
    """Lightning: steepest descent per unit of the rate itself."""
    view = slice(10, -1)
    return float(lrs[view][np.argmin(np.gradient(suggest.smooth(losses, 0.98)[view], lrs[view]))])


PEERS: dict[str, suggest.Rule] = {
    **RULES,
    "steep": steep,
    "moving difference": moving_difference,
    "per linear rate": per_linear_rate,
    "always 0.01": lambda lrs, losses: 0.01,
}


def run(tasks: dict[str, Callable[[int], Built]], seeds: int, fast: bool) -> None:
    """Print one regret table for these tasks; `fast`: without the search that takes hundreds of steps."""
    found: dict[str, dict[str, list[float]]] = {}
    searched: dict[str, list[LRFindResult]] = {}
    for name, build in tasks.items():
        for seed, (lrs, losses) in enumerate(sweeps(name, build, seeds)):
            keras.utils.set_random_seed(100 + seed)
            model, x, y = build(seed)
            answers = {}
            for mode, options in (("OURS, fast", {"fast": True}), *(() if fast else (("OURS", {}),))):
                result = lr_find(model, x, y, seed=10 * seed, **options)
                searched.setdefault(mode, []).append(result)
                answers[mode] = result.suggestion
            answers["our sweep alone"] = min(suggest.single(lrs, losses), 10.0)
            answers["as compiled"] = float(model.optimizer.learning_rate)
            for rule, function in PEERS.items():
                answers[rule] = function(lrs, losses) or 0.01
            for rule, rate in answers.items():
                found.setdefault(rule, {}).setdefault(name, []).append(rate)
    regrets = {name: truth(name, build) for name, build in tasks.items()}
    print(f"{'rule':20s} {'mean':>6s} {'90 %':>6s} {'worst':>6s} {'hits':>5s} {'spread':>7s}  (regret; decades over {seeds} seeds)")
    for rule, answers_by_task in found.items():
        values = np.array([[regret(regrets[t], r) for r in rates] for t, rates in answers_by_task.items()])
        spread = statistics.median(float(np.log10(max(r) / min(r))) for r in answers_by_task.values())
        print(
            f"{rule:20s} {values.mean():6.3f} {np.percentile(values, 90):6.3f} {values.max():6.3f} "
            f"{(values <= 0.05).mean():5.0%} {spread:7.2f}"
        )
    for rule in ("OURS", "OURS, fast"):
        means = {t: round(float(np.mean([regret(regrets[t], r) for r in rates])), 3) for t, rates in found.get(rule, {}).items()}
        print(f"{rule} by task: {means}" if means else "", end="\n" if means else "")
    for mode, results in searched.items():
        steps, seconds = [r.steps_used for r in results], statistics.median(r.seconds for r in results)
        print(f"{mode}, steps used: median {statistics.median(steps)}, most {max(steps)}; seconds: median {seconds:.1f}")


def overhead(name: str, build: Callable[[int], Built], steps: int = 100, repeats: int = 5) -> None:
    """Print wall time of a warm sweep and of a warm `fit` of as many steps, and of both first calls (with tracing)."""
    keras.utils.set_random_seed(0)
    model, x, y = build(0)
    rows = 32 * (len(x) // 32)
    epochs = -(-steps // (rows // 32))

    def fit() -> Any:
        return model.fit(x[:rows], y[:rows], epochs=epochs, verbose=0)

    first_fit = _seconds(fit)
    plain = statistics.median(_seconds(fit) for _ in range(repeats)) / (epochs * rows // 32)
    rates = exponential(1e-7, 1e-4, steps)
    with borrowed(model, open_pool(x, y)) as stepper:
        first_sweep = _seconds(lambda: stepper.run(rates))
        swept = statistics.median(_seconds(lambda: stepper.run(rates)) for _ in range(repeats)) / steps
    print(
        f"{name}: sweep {1e3 * swept:.2f} ms a step, fit {1e3 * plain:.2f} ms: {swept / plain:.2f}x; "
        f"first call {first_sweep:.2f} s, first fit {first_fit:.2f} s"
    )


def _seconds(action: Callable[[], Any]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--tasks", default="", help="names, separated by commas")
    parser.add_argument("--overhead", action="store_true", help="the cost alone")
    parser.add_argument("--fast", action="store_true", help="the fast mode alone, beside the rules that read a single sweep")
    arguments = parser.parse_args()
    wanted = set(filter(None, arguments.tasks.split(",")))
    for title, tasks in TASKS.items():
        chosen = {n: b for n, b in tasks.items() if not wanted or n in wanted}
        if chosen and not arguments.overhead:
            print(f"== {len(chosen)} tasks, {title}")
            run(chosen, arguments.seeds, arguments.fast)
    for name in () if arguments.fast else ("mlp_adam", "cnn_batchnorm_momentum", "lstm_rmsprop"):
        overhead(name, TUNED[name])


if __name__ == "__main__":
    main()
