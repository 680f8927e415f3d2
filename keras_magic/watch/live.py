"""Tell a listener how the training goes, at most twice a second."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

from keras_magic.watch.progress import Progress

Listener = Callable[[Progress], None]

INTERVAL = 0.5
LOSSES = 200


class Live:
    """Throttled messages to one listener; a listener that raises is not called again."""

    def __init__(self, listener: Listener | None) -> None:
        self._listener = listener
        self._last = 0.0

    @property
    def due(self) -> bool:
        """Half a second has passed since the last message."""
        return self._listener is not None and time.perf_counter() - self._last >= INTERVAL

    def tell(self, watcher: Any, *, done: bool = False) -> None:
        """Tell the listener now."""
        listener = self._listener
        if listener is None or not watcher.started:  # the training never began
            return
        self._last = time.perf_counter()
        if done:  # the end is reported once, by Keras' hook or after `fit`
            self._listener = None
        try:
            listener(progress_of(watcher, done=done))
        except Exception:
            self._listener = None
            raise


def progress_of(watcher: Any, *, done: bool = False) -> Progress:
    """The watcher's state as a `Progress`."""
    watcher.read()
    recorder, facts = watcher.recorder, watcher.params
    epochs = int(facts.get("epochs") or 1)
    steps = facts.get("steps")
    elapsed = time.perf_counter() - watcher.started
    stride = max(1, -(-len(recorder.losses.samples) // LOSSES))
    recent = recorder.losses.samples[::-stride][::-1]
    return Progress(
        epoch=watcher.epoch + 1,
        epochs=epochs,
        step=watcher.step_in_epoch,
        steps_per_epoch=int(steps) if steps else None,
        elapsed=elapsed,
        remaining=None if done else _remaining(watcher, epochs, int(steps) if steps else None),
        losses=tuple(loss for _, loss in recent),
        loss_steps=tuple(step for step, _ in recent),
        history={name: tuple(values) for name, values in watcher.history.items()},
        layers={name: values for name in watcher.layer_names if (values := recorder.latest(name))},
        events=tuple(_events(recorder.nonfinite)),
        done=done,
        interrupted=watcher.interrupted,
        raised=(watcher.exception or {}).get("type", ""),
    )


def _remaining(watcher: Any, epochs: int, steps: int | None) -> float | None:
    """Seconds to the end: by epochs once a second one was timed, before that by steps. The first ones trace: they are left out."""
    done = watcher.step_in_epoch / steps if steps else 0.0
    left = max(0.0, epochs - watcher.epoch - done)
    if len(watcher.epoch_seconds) > 1:
        return left * statistics.median(watcher.epoch_seconds[1:][-20:])
    timed = watcher.step_seconds.values
    return left * steps * statistics.median(timed) if steps and timed else None


def _events(nonfinite: Any) -> list[str]:
    if nonfinite is None:
        return []
    where = f", first in layer {nonfinite.layer}" if nonfinite.layer else ""
    return [f"the {nonfinite.kind} is NaN or infinite since step {nonfinite.step}{where}"]
