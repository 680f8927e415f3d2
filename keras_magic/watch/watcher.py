"""`Watcher`: everything that is seen of one `fit`; a context manager, a Keras callback and the facts."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

import keras
import numpy as np

from keras_magic.errors import EvidenceError, KerasMagicError, text_of
from keras_magic.facts import TrainingFacts
from keras_magic.keras_adapter.optimizer import trained_on_other_weights
from keras_magic.watch import backends
from keras_magic.watch.asked import of_arguments
from keras_magic.watch.budget import DENSE, Budget
from keras_magic.watch.downsampling import Downsampled
from keras_magic.watch.hooks import Hooks
from keras_magic.watch.layers import idle_statistics
from keras_magic.watch.live import Listener, Live
from keras_magic.watch.measurement_queue import Measured, MeasurementQueue
from keras_magic.watch.probes.activations import POSITIONS
from keras_magic.watch.recorder import Recorder
from keras_magic.watch.step import KEY, TappedStep, measuring_function
from keras_magic.watch.waiting import Waiting

_CACHE = "keras_magic_tapped"
_UNREAD = 64  # measured steps that wait to be read: a loop over many costs a third of one at a time
_UNSEEN = 512  # steps since the last reading: any of them may have left something


class Watcher:
    """Watches one `fit` of a model without changing it.

    Args:
        model: the model about to be trained.
        budget: share of the training time that watching may cost.
        listener: called with a `Progress` at most twice a second.
        arguments: the arguments of `fit` by name, for the facts.

    Example:
        >>> watcher = Watcher(model)
        >>> with watcher:
        ...     model.fit(x, y, callbacks=[watcher.callback])
        >>> watcher.facts().initial_loss

    The train step is traced with taps; between steps and after the `with` the model is as it was. A fault in here never
    reaches the training: it becomes a sentence in `facts().missing`.
    """

    def __init__(
        self,
        model: Any = None,
        *,
        budget: float = 0.05,
        listener: Listener | None = None,
        arguments: Mapping[str, Any] | None = None,
    ) -> None:
        self.model = model
        self.params: dict[str, Any] = {}
        self.budget = Budget(budget)
        self.arguments = dict(arguments or {})
        self.callback = Hooks(self)
        self.missing: dict[str, str] = {}
        self.history: dict[str, list[float]] = {}
        self.learning_rates: list[float] = []
        self.epoch_seconds: list[float] = []
        self.epoch_steps: list[int] = []
        self.step_seconds: Downsampled[float] = Downsampled(512)
        self.first_seconds: float | None = None  # of the execution in which the step is traced, per trace
        self.epoch = self.epochs_done = self.steps_done = self._steps_per_epoch = self._epoch_began = self._read_until = 0
        self.interrupted = False
        self.exception: dict[str, str] | None = None
        self.recorder = Recorder()
        self.waiting = Waiting()
        self.live = Live(listener)
        self.started = self._ended = self._epoch_started = self._cost = self._work = 0.0  # _work: CPU time before the first step
        self._heard = ExitStack()
        self._tapped: TappedStep | None = None
        self._original: Callable[..., Any] | None = None
        self._measuring: Callable[..., Any] | None = None
        self._queue: MeasurementQueue | None = None
        self._stand_in = self._step  # one object, to be recognised by
        self._per_execution = 1
        self._unread: list[Measured] = []

    # ------------------------------------------------------------ around fit

    def __enter__(self) -> Watcher:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: object) -> None:
        self.disarm()
        self._heard.close()
        if error is not None:
            self.interrupted = isinstance(error, KeyboardInterrupt)
            self.exception = {"type": type(error).__name__, "message": text_of(error)}
        self._guard("the end of the training", self._close)

    def _close(self) -> None:
        self._ended = self._ended or time.perf_counter()
        self.read()  # a queue is the next training's, too
        self.live.tell(self, done=True)

    def failed(self, where: str, error: BaseException | str) -> None:
        """Note what could not be measured, and why (the first reason counts)."""
        text = error if isinstance(error, str) else text_of(error)
        first_line = (text.splitlines() or [""])[0]
        ours = isinstance(error, (str, KerasMagicError))
        self.missing.setdefault(where, (first_line if ours else f"{type(error).__name__}: {first_line}")[:300])

    def _guard(self, where: str, action: Callable[..., Any], *args: Any) -> Any:
        """Run something of ours and count its time; a fault of ours is noted and goes no further."""
        started = time.perf_counter()
        try:
            with np.errstate(all="ignore"):  # a diverging training is no news for numpy to tell
                return action(*args)
        except Exception as error:
            self.failed(where, error)
            return None
        finally:
            self._cost += time.perf_counter() - started

    # ------------------------------------------------------------ hooks of the callback

    def begin(self, model: Any, params: Mapping[str, Any] | None) -> None:
        """`fit` is about to train."""
        self.model = model
        self.params = dict(params or {})
        self.started = time.perf_counter()
        self._ended = 0.0
        self.recorder.replicas = backends.replicas(model)
        self._steps_per_epoch = int(self.params.get("steps") or 0)
        self._guard("layers, gradients and losses", self._build)

    def _build(self) -> None:
        """Make the measuring train function, or take it from an earlier fit of the same compiled model."""
        model, original = self.model, self.model.train_function
        if not callable(original):
            raise TypeError("the model has no train function")
        if trained_on_other_weights(model):  # a new trace would train other weights than the user's compiled step does
            raise EvidenceError("layers were frozen, unfrozen or added since the first training, without a new compile")
        cached = vars(original).get(_CACHE) if hasattr(original, "__dict__") else None
        if cached is None:
            tapped = TappedStep(model)
            cached = tapped, measuring_function(model, tapped)
            if hasattr(original, "__dict__"):
                setattr(original, _CACHE, cached)  # lives and goes with the compiled function
        self._tapped, self._measuring = cached
        self._heard.enter_context(self._tapped.assignments.hearing())
        self._original = original
        self._per_execution = int(model.steps_per_execution)
        if (queue := self._tapped.queue) is not None:
            queue.begin(self)
            self._queue = queue

    def arm(self) -> None:
        """Before each step: let `fit` find the measuring function; it puts the user's back when it is called."""
        if self._measuring is None:
            return
        if self.waiting.pauses:
            self.waiting.arm()
        if self.model.train_function is not self._original:
            self._measuring = None
            self.failed("layers, gradients and losses after a recompilation", "the model was compiled again during the training")
            return
        object.__setattr__(self.model, "train_function", self._stand_in)

    def disarm(self) -> None:
        """The model as it was: its own train function."""
        if self._original is not None and self.model.train_function is self._stand_in:
            object.__setattr__(self.model, "train_function", self._original)

    def _step(self, *args: Any) -> Any:
        """Stands in for the train function during one step."""
        self.disarm()
        if not self.steps_done:
            self._work = time.process_time()
        measured = self.budget.due()
        if self._queue is None:
            return self._run(self._measuring if measured else self._original, args, measured)
        self._queue.ask(measured)
        clock, started = time.time(), time.perf_counter()
        result = self._measuring(*args)  # type: ignore[misc]
        seconds = time.perf_counter() - started
        try:
            self._switched(measured, clock, seconds)
        except Exception as error:
            self.failed("layers, gradients and losses", error)
        return result

    def _switched(self, measured: bool, clock: float, seconds: float) -> None:
        """After a step with a switch in it; as short as can be, for many take less than a millisecond."""
        self.budget.note_switched(seconds, measured, self._count(seconds))
        if measured:
            self.budget.guess = self._tapped.guess  # type: ignore[union-attr]
            self._expect(Measured(self.steps_done, None, clock, seconds))
            self._tell()

    def _run(self, function: Any, args: Any, measured: bool) -> Any:
        tapped: TappedStep = self._tapped  # type: ignore[assignment]
        own, clock, started = tapped.seconds, time.time(), time.perf_counter()
        result = function(*args)
        ended = time.perf_counter()
        logs = result[0] if isinstance(result, tuple) else result
        vector = logs.pop(KEY, None) if isinstance(logs, dict) else None
        own = tapped.seconds - own
        self._guard("layers, gradients and losses", self._take, vector, clock, started, ended - started, measured, own)
        self.waiting.leave()
        return result

    def _count(self, seconds: float) -> int:
        """An execution is over; returns how many steps it ran."""
        steps = self._per_execution
        if steps > 1 and self._steps_per_epoch:
            steps = max(1, min(steps, self._steps_per_epoch - self.step_in_epoch))  # an epoch may end within an execution
        if self.steps_done:  # the first execution is the tracing
            self.step_seconds.add(self.steps_done + steps, seconds / steps)
        else:
            traces = max(1, self._tapped.traces) if self._tapped is not None else 1
            self.first_seconds = min(seconds, time.process_time() - self._work) / traces  # a process that waits does not trace
        self.steps_done += steps
        return steps

    def _expect(self, measured: Measured) -> None:
        """Something is there to be read, in a while."""
        self._unread.append(measured)
        if len(self._unread) >= _UNREAD or self.steps_done - self._read_until >= _UNSEEN:
            self._guard("layers, gradients and losses", self.read)

    def _tell(self) -> None:
        if self.live.due:
            self._guard("live view", self.live.tell, self)

    def _take(self, vector: Any, clock: float, started: float, seconds: float, measured: bool, own: float) -> None:
        steps = self._count(seconds)
        if vector is not None or not measured:
            self._note(started, seconds, measured, own, steps)
        if vector is not None:
            self._expect(Measured(self.steps_done, vector, clock, seconds))
        self._tell()

    def _note(self, started: float, seconds: float, measured: bool, own: float, steps: int) -> None:
        """Tell the budget, and where steps are Python what they waited and what they cost."""
        tapped: TappedStep = self._tapped  # type: ignore[assignment]
        if not tapped.eager:
            self.budget.note(seconds, measured=measured, remaining=self.remaining(seconds / steps))
            return
        self.budget.note(seconds, measured=measured, remaining=0.0, own=own)
        self._cost += own
        if measured and self.steps_done > steps and backends.name() == "tensorflow":
            self.waiting.add(max(0.0, tapped.began - started), seconds)

    def read(self) -> None:
        """Read what the measured steps left; no step is read twice."""
        unread, self._unread, self._read_until = self._unread, [], self.steps_done
        with np.errstate(all="ignore"):  # a diverging training is no news for numpy to tell
            for measured in self._queued(unread) if self._queue is not None else unread:
                try:
                    self._read(measured)
                except Exception as error:
                    self.failed("layers, gradients and losses", error)

    def _queued(self, asked: list[Measured]) -> list[Measured]:
        """The vectors in the queue, those of steps included that were not asked for: these took no time that is known."""
        known = {measured.step: measured for measured in asked}
        return [
            known.get(step, Measured(step, None, 0.0, 0.0))._replace(vector=vector)
            for step, vector in self._queue.read(self)  # type: ignore[union-attr]
        ]

    def _read(self, measured: Measured) -> None:
        tapped, values = self._tapped, np.asarray(keras.ops.convert_to_numpy(measured.vector))
        add = self.recorder.add if measured.seconds else self.recorder.look
        add(measured.step, values, tapped.layouts, dynamic_scale=tapped.dynamic_scale)  # type: ignore[union-attr]
        if measured.seconds and (arrival := self.recorder.arrival) is not None and measured.step > 1:  # the first is the tracing
            self.waiting.arrived(arrival, measured.clock, measured.seconds)

    def remaining(self, seconds_per_step: float) -> float:
        """Seconds that the training will still take if every step takes so long; as long as so far if its length is unknown."""
        epochs, steps = self.params.get("epochs"), self._steps_per_epoch
        if not epochs or not steps:
            return time.perf_counter() - self.started
        return max(0, int(epochs) * steps - self.steps_done) * seconds_per_step

    @property
    def step_in_epoch(self) -> int:
        """Steps that the running epoch has done."""
        return self.steps_done - self._epoch_began

    def begin_epoch(self, epoch: int) -> None:
        """An epoch starts (0-based number)."""
        self.epoch = epoch
        self._epoch_began = self.steps_done
        self.waiting.rest()
        self._epoch_started = time.perf_counter()

    def end_epoch(self, logs: Mapping[str, Any] | None) -> None:
        """An epoch is over; the logs hold its validation, too."""
        self.disarm()
        self.epochs_done += 1
        self.epoch_steps.append(self.step_in_epoch)
        self.epoch_seconds.append(time.perf_counter() - self._epoch_started)
        self._guard("history", self._note_logs, logs or {})
        self._guard("learning rates", self._note_learning_rate)
        self._tell()

    def _note_logs(self, logs: Mapping[str, Any]) -> None:
        for name, value in logs.items():
            number = np.asarray(value)
            if number.size == 1:
                self.history.setdefault(name, []).append(float(number))

    def _note_learning_rate(self) -> None:
        self.learning_rates.append(float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate)))

    def end(self) -> None:
        """`fit` is over."""
        self.disarm()
        self._guard("the end of the training", self._close)

    # ------------------------------------------------------------ facts

    def facts(self, history: Any = None) -> TrainingFacts:
        """What was seen so far; also after an interrupt, or while training.

        Args:
            history: the `History` that fit returned; its curves are taken in place of those that were noted on the way.
        """
        self.read()
        curves = getattr(history, "history", None) or self.history
        given = of_arguments(self.arguments, self.params, curves)
        seconds = (self._ended or time.perf_counter()) - self.started if self.started else 0.0
        usual = float(np.median(self.step_seconds.values)) if self.step_seconds.values else None
        return TrainingFacts(
            **given,
            epochs_done=self.epochs_done,
            steps_done=self.steps_done,
            batch_size=self.recorder.batch_size or None,
            history={name: tuple(float(v) for v in values) for name, values in curves.items()},
            loss_steps=self.recorder.losses.steps,
            losses=tuple(self.recorder.losses.values),
            initial_loss=self.recorder.initial_loss,
            layers=self._layers(),
            nonfinite=self.recorder.nonfinite,
            noise_scale=self.recorder.noise.rows(self.recorder.batch_size),
            learning_rates=tuple(self.learning_rates),
            seconds=seconds,
            seconds_per_step=usual,
            seconds_to_trace=None if self.first_seconds is None else max(0.0, self.first_seconds - (usual or 0.0)),
            seconds_per_epoch=tuple(self.epoch_seconds),
            epoch_steps=tuple(self.epoch_steps),
            input_share=self.waiting.share,
            never_cleared=self._tapped.assignments.never_cleared() if self._tapped is not None else (),
            idle_statistics=(self._guard("moving averages", idle_statistics, self.model) or ()) if self.steps_done else (),
            interrupted=self.interrupted,
            exception=self.exception,
            overhead=self._overhead(seconds),
            missing=self._missing(),
            sampling=self._sampling(),
        )

    def _overhead(self, seconds: float) -> float | None:
        """Own time plus, where it was compared, what the measured steps took longer."""
        if not seconds:
            return None
        compiled = self._tapped is not None and not self._tapped.eager
        return self._cost / seconds + ((self.budget.cost or 0.0) / self.budget.stride if compiled else 0.0)

    def _missing(self) -> tuple[str, ...]:
        for where, error in dict(self._tapped.faults if self._tapped is not None else {}).items():
            self.failed(where, error)
        missing = dict(self.missing)
        if self.steps_done and self.recorder.noise.rows(self.recorder.batch_size) is None:
            missing.setdefault("gradient noise scale", self.recorder.noise.why_not())
        if self.steps_done and self.waiting.share is None:
            missing.setdefault("time spent waiting for data", "no step after the first one was measured")
        return tuple(f"{what}: {why}" for what, why in missing.items())

    @property
    def layer_names(self) -> tuple[str, ...]:
        """Names of the layers that are watched."""
        return tuple(self._tapped.layers) if self._tapped is not None else ()

    def _layers(self) -> tuple[Any, ...]:
        if self._tapped is None:
            return ()
        gathers = getattr(self.model.optimizer, "gradient_accumulation_steps", None)
        return self._guard("layers", lambda: self.recorder.layers(self._tapped.layers, updates_rest=bool(gathers))) or ()  # type: ignore[union-attr]

    def _sampling(self) -> str:
        each = int(getattr(self.model, "steps_per_execution", 1) or 1)
        losses, rows, stride = self.recorder.losses.stride * each, self.recorder.rows.stride * each, self.budget.stride
        dense = f" (of the first {DENSE} every {losses}. and every {rows}.)" if self._queue is not None and stride > 1 else ""
        return (
            f"batch losses of every {losses * stride}. step, layers of every {rows * stride}. step{dense}; "
            f"convolutions and sequences at about {POSITIONS} positions per row; gradients before clipping"
        )
