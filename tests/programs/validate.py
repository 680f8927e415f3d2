"""Train every case and check its promise: ``python -m tests.programs.validate [--seeds 3] [name ...]``.

`good` must be False after ``build`` and True after ``fixed`` (after ``build`` of a healthy case), for every seed.
A ``build`` that raises, while building or fitting, has not learned.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras

from tests.programs import CAUSES, Case, load


def learned(case: Case, make: Callable[..., dict[str, Any]], seed: int) -> tuple[bool, str]:
    """Train once; whether it learned, and the error if it raised."""
    keras.backend.clear_session()
    gc.collect()
    try:
        run = make(seed=seed)
        history = run["model"].fit(run["x"], run["y"], verbose=0, **run["fit"])
    except Exception as error:  # any error counts as "did not learn"
        return False, f"{type(error).__name__}: {str(error).strip()[:60]!r}"
    return case.good(history, run["model"], run["x"], run["y"]), ""


def faults(case: Case) -> list[str]:
    """What is wrong with the declarations of a case."""
    out = [f"unknown cause {c}" for c in sorted((case.truth | case.also) - CAUSES)]
    if case.kind == "faulty" and not case.truth:
        out.append("no TRUTH")
    if case.truth & case.also:
        out.append("TRUTH and ALSO overlap")
    return out


def check(case: Case, seeds: int) -> bool:
    """Run one case on all seeds and print its line."""
    plan = [("build", case.build, case.kind == "healthy")]
    if case.fixed is not None:
        plan.append(("fixed", case.fixed, True))
    wrong, notes, longest = faults(case), [], 0.0
    for part, make, expected in plan:
        for seed in range(seeds):
            start = time.perf_counter()
            result, error = learned(case, make, seed)
            longest = max(longest, time.perf_counter() - start)
            if error and (expected or not seed):
                notes.append(f"{part} raises {error}")
            if type(result) is not bool:
                wrong.append(f"good returns {type(result).__name__}")
            if bool(result) is not expected:
                wrong.append(f"{part} seed {seed}: good is {result}")
    status = "ok  " if not wrong else "FAIL"
    print(f"{status} {longest:5.1f} s  {case.kind:7} {case.name}  {'; '.join(wrong + notes)}", flush=True)
    return not wrong


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Check the promises of the case files.")
    parser.add_argument("names", nargs="*", help="case names or beginnings of them; all if none")
    parser.add_argument("--seeds", type=int, default=3)
    args = parser.parse_args(argv)
    warnings.filterwarnings("ignore")
    cases = [c for held in (False, True) for kind in ("faulty", "healthy") for c in load(kind, held)]
    if args.names:
        cases = [c for c in cases if c.name.startswith(tuple(args.names))]
    failed = [c.name for c in cases if not check(c, args.seeds)]
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
