"""`km.lr_find(step=..., data=..., optimizer=...)`: find the learning rate of a training step of the user's own.

The search is that of `keras_magic.lr` (a sweep, then short paired trainings); only what one step is differs: the user's function is
called. All that it changes is kept from before its first call and put back: weights, optimizers, metrics, random state.
"""

from __future__ import annotations

import inspect
import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from types import SimpleNamespace
from typing import Any

import numpy as np

from keras_magic.errors import UsageError
from keras_magic.keras_adapter.optimizer import innermost
from keras_magic.loops import weights
from keras_magic.loops.capture import capture_loops
from keras_magic.loops.reading import iterations_of
from keras_magic.loops.recorder import Recorder
from keras_magic.lr.arguments import FEWEST_STEPS, check_count, check_rates
from keras_magic.lr.fast_search import FastSearch
from keras_magic.lr.find import _conclude, _verify
from keras_magic.lr.optimizer import is_schedule, momentum_of, rate_of
from keras_magic.lr.plan import Listener, Plan, sweep_listener
from keras_magic.lr.result import LRFindResult
from keras_magic.lr.steps import Trace, Watch
from keras_magic.lr.sweep import sweep
from keras_magic.sources.batches import untouched_random
from keras_magic.watch.snapshot import copy_values, put_back, random_state


@dataclass(frozen=True, kw_only=True, repr=False)
class StepRateResult(LRFindResult):
    """An `LRFindResult` for an optimizer that belongs to no compiled model."""

    def code_for(self, rate: float) -> str:
        return f"{self.names.get('optimizer', 'optimizer')}.learning_rate = {rate:.3g}"


def lr_find_step(
    step: Callable[..., Any],
    data: Any,
    optimizer: Any,
    *,
    min_lr: float = 1e-7,
    max_lr: float = 10.0,
    steps: int = 100,
    trial_steps: int = 80,
    max_steps: int | None = None,
    seed: int = 0,
    progress: Listener | None = None,
    names: Mapping[str, str] | None = None,
) -> LRFindResult:
    """Find the learning rate of `optimizer` by calling `step(*batch)`; afterwards all is as it was (an optimizer that was not built
    is built, and a `tf.function` traced).

    Args:
        step: one update of your training; takes a batch (`step(x, y)` or `step(batch)`) and returns the loss before the update, a
            dict with "loss", or a tuple that begins with it. Eager or a `tf.function`.
        data: batches: a `tf.data.Dataset`, a `PyDataset`, a list of batches, or a function that returns them. As many as the search
            needs are read once and used again and again.
        optimizer: the Keras optimizer that `step` applies; others that it applies keep their rate.
        min_lr, max_lr, steps, trial_steps, max_steps, seed, progress: as for `lr_find`.

    Raises:
        UsageError: an argument is wrong, `step` returns no loss or does not use `optimizer`; in one line, with what to do.
    """
    _check(step, optimizer)
    check_rates(min_lr, max_lr)
    check_count("steps", steps, FEWEST_STEPS)
    check_count("trial_steps", trial_steps, FEWEST_STEPS)
    plan = Plan(
        min_lr=float(min_lr),
        max_lr=float(max_lr),
        steps=steps,
        seed=seed,
        trial_steps=trial_steps,
        max_steps=max_steps or steps + max(500, 6 * trial_steps),
        progress=progress,
        names=names or {},
    )
    started = time.perf_counter()
    with _kept(step, optimizer) as keeper:
        stepper = StepStepper(step, _batches(data, max(steps, trial_steps)), optimizer, keeper)
        stepper.try_once()
        listener = sweep_listener(plan, stepper)
        swept = sweep(stepper, plan.min_lr, plan.max_lr, steps, seed=seed, listener=listener)  # type: ignore[arg-type]
        if len(swept.losses) < 3:
            raise UsageError(
                "the loss is NaN or infinite at once, at any learning rate: look at the data and the loss with %%diagnose"
            )
        fast = FastSearch(swept, min(plan.min_lr, float(swept.lrs[0])), plan.max_lr, float("inf"), momentum_of(optimizer))
        found, interrupted = (None, True) if swept.interrupted else _verify(stepper, fast, plan, stepper.rate)  # type: ignore[arg-type]
    holder = SimpleNamespace(optimizer=optimizer)
    result = _conclude(holder, fast, found, stepper.rate, plan)
    values = {field.name: getattr(result, field.name) for field in fields(result)}
    values.update(
        interrupted=interrupted, steps_used=stepper.steps_run, seconds=time.perf_counter() - started, model=holder, names=plan.names
    )
    return StepRateResult(**values)


class StepStepper:
    """What `keras_magic.lr.steps.Stepper` is for a compiled model: runs steps at given rates, and goes back to the start."""

    repeats = 1
    speed: float | None = None  # seconds of a step are not planned with

    def __init__(self, step: Callable[..., Any], batches: list[Any], optimizer: Any, keeper: Keeper) -> None:
        self.step, self.batches, self.optimizer, self.keeper = step, batches, innermost(optimizer), keeper
        self.rate = rate_of(optimizer)
        self.steps_run = 0
        self.pool = SimpleNamespace(with_shuffled_targets=lambda seed: None)
        self._call = _calling(step, batches[0])

    def try_once(self) -> None:
        """The first call, at a rate that changes next to nothing: does it return a loss and use the optimizer?"""
        before = iterations_of(self.optimizer)
        self.run(np.full(1, 1e-12))
        if iterations_of(self.optimizer) == before:
            raise UsageError("step did not apply this optimizer: give the one whose apply or apply_gradients your step calls")
        self.reset()

    def reset(self) -> None:
        self.keeper.put_back()

    def run(
        self,
        rates: np.ndarray,
        seed: int = 0,
        *,
        first: int = 0,
        cycle: int | None = None,
        pool: Any = None,
        watch: Watch | None = None,
    ) -> Trace:
        """One step per rate on the batches in the order of `seed`, from the `first` on; with `cycle` the first so many again."""
        order = np.random.default_rng(seed).permutation(len(self.batches))
        losses: list[float] = []
        limit: float | None = np.inf
        for k, rate in enumerate(rates):
            place = first + (k % cycle if cycle else k)
            self.optimizer.learning_rate = float(rate)
            losses.append(_loss_of(self._call(self.batches[order[place % len(order)]])))
            self.steps_run += 1
            if limit is None or not np.isfinite(losses[-1]) or losses[-1] > limit:
                break
            limit = watch(np.array(losses)) if watch else np.inf
            if limit is None:
                break
        return Trace(np.array(losses), np.full(len(losses), np.nan))


class Keeper(Recorder):
    """Copies everything that a step changes before it is changed for the first time."""

    def __init__(self) -> None:
        super().__init__(strict=True)
        self.values: dict[int, tuple[Any, Any]] = {}

    def keep(self, variables: Iterable[Any]) -> None:
        new = [v for v in variables if id(v) not in self.values]
        if new:
            with weights.lifted():
                self.values.update((id(v), pair) for v, pair in zip(new, copy_values(new), strict=True))

    def put_back(self) -> None:
        put_back(self.values.values())

    def keep_all(self, things: Iterable[Any]) -> None:
        """Models, metrics and optimizers among `things`."""
        import keras

        for thing in things:
            if isinstance(thing, (keras.Model, keras.Layer, keras.metrics.Metric, keras.optimizers.Optimizer)):
                self.keep(thing.variables)
            elif isinstance(thing, keras.Variable):
                self.keep([thing])

    def _called(self, model: Any, batch: bool = False) -> None:
        super()._called(model, batch)
        self.keep(model.variables)

    def _returned(self, model: Any, args: Any, kwargs: Any, result: Any) -> None:
        super()._returned(model, args, kwargs, result)
        self.keep(model.variables)  # of a model that was built by this call

    def _pairs(self, optimizer: Any, given: Any) -> list[tuple[Any, Any]]:
        pairs = super()._pairs(optimizer, given)
        if not optimizer.built:
            with weights.lifted():
                optimizer.build([v for _, v in pairs])
        self.keep([*optimizer.variables, *(self._variable(v) for _, v in pairs)])
        return pairs


@contextmanager
def _kept(step: Callable[..., Any], optimizer: Any) -> Iterator[Keeper]:
    """A keeper for the block; afterwards variables and random state are as they were, however it ends."""
    undo = random_state()
    keeper = Keeper()
    keeper.keep_all([optimizer, *_reached(step)])
    try:
        with capture_loops(keeper):
            yield keeper
    finally:
        keeper.put_back()
        undo()


def _reached(step: Callable[..., Any], depth: int = 3) -> Iterator[Any]:
    """What a function's code names: globals, closures and attributes of `self`, and what the functions among them name."""
    function = getattr(step, "python_function", step)
    owner = getattr(function, "__self__", None)
    if owner is not None:
        yield from vars(owner).values() if hasattr(owner, "__dict__") else ()
    function = getattr(function, "__func__", function)
    if not inspect.isfunction(function):
        return
    named = inspect.getclosurevars(function)
    for thing in (*named.nonlocals.values(), *named.globals.values()):
        yield thing
        yield from thing if isinstance(thing, (list, tuple)) else ()
        if depth and (inspect.isfunction(thing) or hasattr(thing, "python_function")):
            yield from _reached(thing, depth - 1)


def _check(step: Any, optimizer: Any) -> None:
    import keras

    if not callable(step):
        raise UsageError(f"step must be the function that trains on one batch, but it is of type {type(step).__name__}")
    if optimizer is None:
        raise UsageError(
            "optimizer is missing: give the Keras optimizer that step applies, as in lr_find(step=..., data=..., optimizer=opt)"
        )
    if not isinstance(optimizer, keras.optimizers.Optimizer):
        raise UsageError(f"optimizer must be a keras.optimizers.Optimizer, but it is of type {type(optimizer).__name__}")
    if is_schedule(optimizer) or rate_of(optimizer) is None:
        raise UsageError("the optimizer has a schedule, whose rate cannot be set; make it with a number: Adam(learning_rate=1e-3)")


def _batches(data: Any, most: int) -> list[Any]:
    if data is None:
        raise UsageError("data is missing: give the batches that step takes (a tf.data.Dataset or a list of batches)")
    data = data() if callable(data) and not hasattr(data, "__iter__") else data
    if hasattr(data, "__next__"):
        raise UsageError(
            "data can be read only once; give a tf.data.Dataset, a list of batches, or the function that makes the generator"
        )
    if isinstance(data, tuple) and data and all(hasattr(part, "shape") for part in data):
        raise UsageError("data is a tuple of arrays; give batches: tf.data.Dataset.from_tensor_slices((x, y)).batch(32)")
    if not hasattr(data, "__iter__") and not hasattr(data, "__getitem__"):
        raise UsageError(f"data must be batches to iterate over, but it is of type {type(data).__name__}")
    with untouched_random():
        found = list(itertools.islice(iter(data), most))
    if not found:
        raise UsageError("data gives no batch")
    return found


def _calling(step: Callable[..., Any], batch: Any) -> Callable[[Any], Any]:
    """`step(*batch)` where it takes as many arguments as a batch has parts, else `step(batch)`."""
    function = getattr(step, "python_function", step)
    parts = batch if isinstance(batch, (tuple, list)) else None
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return lambda batch: step(batch)
    plain = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    needed = sum(p.default is p.empty for p in plain)
    several = (
        parts is not None
        and needed <= len(parts)
        and (len(plain) >= len(parts) or any(p.kind is p.VAR_POSITIONAL for p in parameters))
    )
    if several and not (needed == 1 and len(parts or ()) != 1):
        return lambda batch: step(*batch)
    if needed > 1:
        raise UsageError(
            f"step takes {needed} arguments, but a batch of data has {len(parts) if parts else 1} part(s)"
            "; around a stateless step write a function that takes the batch alone, passes the values of the variables, assigns "
            "the new ones, and returns the loss"
        )
    return lambda batch: step(batch)


def _loss_of(result: Any) -> float:
    value = (
        result.get("loss") if isinstance(result, Mapping) else result[0] if isinstance(result, (tuple, list)) and result else result
    )
    array = weights.values(value) if value is not None and not isinstance(value, (int, float)) else value
    if array is None or np.size(array) != 1:
        raise UsageError('step must return the loss: one number, a dict with "loss", or a tuple that begins with it')
    return float(np.reshape(array, ()))
