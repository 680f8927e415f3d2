"""What a campaign counts, and what is common to its parts."""

from __future__ import annotations

import gc
import os
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

COLUMNS = ("tried", "fine", "clean errors", "tracebacks", "differing bits", "injected characters", "leaks")
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


def run(tally: Tally, seconds: float, first_seed: int, attempt: Callable[[int, Tally], None]) -> Tally:
    """Attempts with rising seeds until the time is over, at least one."""
    from keras_magic.errors import UsageError

    until, seed = time.monotonic() + seconds, first_seed
    before = resources()
    while seed == first_seed or time.monotonic() < until:
        tally.note("tried", seed)
        try:
            attempt(seed, tally)
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


def table(tallies: list[Tally]) -> str:
    """One row per part, the failures below."""
    width = max(len(t.part) for t in tallies)
    lines = [" " * width + "".join(f"{name:>21}" for name in COLUMNS)]
    lines += [f"{t.part:<{width}}" + "".join(f"{t.counts[name]:>21}" for name in COLUMNS) for t in tallies]
    return "\n".join([*lines, *(failure for t in tallies for failure in t.failures)])


def states() -> tuple[Any, ...]:
    """Random states that nothing of ours may move."""
    import random

    import numpy as np

    return random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002 - the state is the point
