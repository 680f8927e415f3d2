"""Diagnose, repair, train at full length: does the case's own `good` hold? One line per case, and the median time.

python -m tests.trials.repaired [--healthy] [part of a name ...]
"""

from __future__ import annotations

import statistics
import sys
import time

import keras_magic as km
from tests.programs import load


def _short(skill: float | None) -> str:
    return "?" if skill is None else f"{skill:.2f}"


def main(words: list[str]) -> None:
    """Print the outcome per case and in sum."""
    kind = "healthy" if "--healthy" in words else "faulty"
    words = [w for w in words if not w.startswith("--")]
    good, seconds = [], []
    for case in load(kind):
        if words and not any(word in case.name for word in words):
            continue
        parts = case.build(seed=0)
        report = km.diagnose(parts["model"], parts["x"], parts["y"], **{"verbose": 0, **parts["fit"]})
        start = time.perf_counter()
        try:
            repair = report.repair(60)
            seconds.append(time.perf_counter() - start)
            good.append(case.good(repair.run.fit(), repair.run.model, repair.run.x, repair.run.y))
            outcome = f"{'good' if good[-1] else 'STILL BAD'}  {_short(repair.before)} -> {_short(repair.after)}"
            outcome += "  " + ", ".join(fix.title for fix in repair.kept)
            if not good[-1]:
                outcome += "".join(f"\n      {f.cause} {f.level} {f.fix.title if f.fix else ''}" for f in report.findings[:6])
                outcome += "".join(f"\n      - {t.title}: {t.before} -> {t.after} {t.failed or ''}" for t in repair.trials.results)
                outcome += "".join(f"\n      ! {note}" for note in repair.notes)
        except Exception as error:
            good.append(False)
            outcome = f"{type(error).__name__}: {error}"[:300]
        print(f"{case.name:30} {time.perf_counter() - start:5.1f} s  {outcome}", flush=True)
    print(f"{sum(good)} of {len(good)} learn; median time of a repair {statistics.median(seconds or [0]):.1f} s")


if __name__ == "__main__":
    main(sys.argv[1:])
