"""What a campaign counts, and what is common to its parts."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

COLUMNS = ("tried", "fine", "clean errors", "tracebacks", "warnings", "differing bits", "injected", "hangs", "leaks")
ROWS = 48
LIMIT = 180  # seconds of one attempt, on a machine that others may hold
BAD = COLUMNS[3:]
HIDDEN = "\x00\x07\x08\x1b\x7f\x9b\u200b\u200e\u202e\u2066\ufeff"
MARK = "KM_INJECTED"  # no code, page or terminal may hold it as anything but text of a name


@dataclass
class Tally:
    """Counts of one part, and one line on each failure with the seed that makes it again."""

    part: str
    counts: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def note(self, column: str, seed: int, reason: str = "") -> None:
        """Count; what is bad is kept with its seed."""
        self.counts[column] += 1
        if column in BAD:
            self.failures.append(f"{self.part} seed {seed}: {column}: {reason}"[:400])


class Hang(BaseException):
    """An attempt that does not end."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raises `Hang` in what takes longer, and once more after it, as a report keeps what a training raised."""
    ended: list[Hang] = []

    def end(*_: Any) -> None:
        ended.append(Hang(f"not over after {seconds:g} s"))
        raise ended[0]

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    if ended:
        raise ended[0]


UNSEEN = (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning)  # Python does not show them to users


@contextmanager
def warned(tally: Tally, seed: int) -> Iterator[None]:
    """Counts the warnings of Python and its libraries that come out of the work of keras_magic."""

    def hear(message: Any, category: type[Warning], *_: Any, **__: Any) -> None:
        frame = sys._getframe()
        while frame is not None and f"{os.sep}keras_magic{os.sep}" not in frame.f_code.co_filename:
            frame = frame.f_back
        if frame is not None and not issubclass(category, UNSEEN):
            where = f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"
            tally.note("warnings", seed, f"{category.__name__}: {message} ({where})")

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = hear
        yield


def run(tally: Tally, seconds: float, first_seed: int, attempt: Callable[[int, Tally], None], tries: float = float("inf")) -> Tally:
    """Attempts with rising seeds until the time or their number is over, at least one."""
    from keras_magic.errors import UsageError

    until, seed = time.monotonic() + seconds, first_seed
    before = resources()
    while seed == first_seed or (time.monotonic() < until and seed < first_seed + tries):
        tally.note("tried", seed)
        try:
            with limited(LIMIT):
                attempt(seed, tally)
        except Hang as hang:
            where = traceback.extract_tb(hang.__traceback__)[-1]
            tally.note("hangs", seed, f"{hang} ({Path(where.filename).name}:{where.lineno})")
        except UsageError as error:
            clean = "\n" not in str(error).strip()
            tally.note("clean errors" if clean else "tracebacks", seed, f"several lines: {error}")
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            reason = f"{type(error).__name__}: {error} ({Path(where.filename).name}:{where.lineno})"
            tally.note("tracebacks", seed, reason)
        seed += 1
    grown = {name: (old, new) for (name, old), new in zip(before.items(), resources().values(), strict=True) if new > old + SLACK}
    for name, (old, new) in grown.items():
        tally.note("leaks", first_seed, f"{name}: {old} -> {new}")
    return tally


SLACK = 4  # threads and files of pools that TensorFlow keeps for the whole process


def resources() -> dict[str, int]:
    """Threads and open files of this process."""
    gc.collect()
    files = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").is_dir() else 0
    return {"threads": threading.active_count(), "files": files}


def small() -> Any:
    """A network of four features that fits any of the parts."""
    import keras

    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4, activation="relu"), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    return model


def table(tallies: list[Tally]) -> str:
    """One row per part, the failures below."""
    width = max(len(t.part) for t in tallies)
    lines = [" " * width + "".join(f"{name:>16}" for name in COLUMNS)]
    lines += [f"{t.part:<{width}}" + "".join(f"{t.counts[name]:>16}" for name in COLUMNS) for t in tallies]
    return "\n".join([*lines, *(failure for t in tallies for failure in t.failures)])


def states() -> tuple[Any, ...]:
    """Random states that nothing of ours may move."""
    import random

    import numpy as np

    return random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002 - the state is the point


def interrupted(work: Callable[[], Any], after: float) -> bool:
    """Ctrl-C so many seconds after `work` began, at whatever it is then; returns whether it came before the end."""
    begun, over = time.monotonic(), False

    def press() -> None:
        while not over and time.monotonic() < begun + after:
            time.sleep(0.001)
        if not over:
            os.kill(os.getpid(), signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts what runs in the background without
    thread = threading.Thread(target=press)
    try:
        thread.start()
        work()
        over = True
        thread.join()
        return False
    except KeyboardInterrupt:
        return True
    finally:
        over = True
        signal.signal(signal.SIGINT, before)
