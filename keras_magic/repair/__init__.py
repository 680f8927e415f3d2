"""Repair: search the fixes of a report, keep what helps on held-out rows, hand back a run and the code to paste.

`search.py` has the plan, `options.py` what may be tried, `result.py` what came of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from keras_magic.errors import UsageError
from keras_magic.repair.result import Repair
from keras_magic.repair.search import Search
from keras_magic.repair.state import Progress

if TYPE_CHECKING:
    from keras_magic.diagnosis.result import Diagnosis
    from keras_magic.report import Report

__all__ = ["Repair", "repair"]


def repair(report: Report, seconds: float = 60.0, *, seed: int = 0, progress: Progress | None = None) -> Repair:
    """Search the fixes of the last diagnosis of `report` for a training that works.

    Args:
        report: of a captured fit.
        seconds: time for the search, counted as by `keras_magic.clock`; an interrupt ends it as well, with the best so far.
        seed: of the short trainings.
        progress: called with the share of the time that is gone, and with what is being tried.

    Raises:
        UsageError: the report holds no captured run, or `seconds` is not positive.
        UnsupportedError: the model cannot be copied.
    """
    from keras_magic.fixes.models import undisturbed
    from keras_magic.watch.traces import forgotten

    diagnosis = next((d for d in reversed(report.diagnoses) if d.run is not None), None)
    if diagnosis is None or diagnosis.run is None:
        if any(d.kind == "loop" for d in report.diagnoses):
            raise UsageError("a loop of your own cannot be run again on a copy: make the fixes of the report in your code")
        raise UsageError("there is no training in this report to repair: diagnose a fit first (%%diagnose, km.diagnose)")
    if not seconds > 0:
        raise UsageError(f"seconds must be a positive number, got {seconds!r}")
    _check_rows(diagnosis)
    search = Search(diagnosis, seconds, seed, progress)
    with forgotten(), undisturbed():
        try:
            search.go()
        except KeyboardInterrupt:
            search.notes.append("interrupted: the best so far")
    return search.result()


def _check_rows(diagnosis: Diagnosis) -> None:
    data = diagnosis.facts.data
    rows = {*data.x_rows, *data.y_rows, *data.weight_rows} if data is not None else set()
    if len(rows) > 1:
        raise UsageError(f"the arrays of this training have {', '.join(map(str, sorted(rows)))} rows: make them match first")
