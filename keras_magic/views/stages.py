"""Nobody waits in front of nothing: what is done while a cell trains and is diagnosed, in a notebook and in a terminal."""

from __future__ import annotations

import time
from typing import Any

from keras_magic.stages import Stages
from keras_magic.views.live import LiveView
from keras_magic.views.progress import ProgressLine

EVERY = 0.4  # seconds between two lines
_EMPTY = {"text/html": "", "text/plain": ""}


def line(what: str, left: float | None) -> str:
    """What is being done, and how long it may still take."""
    if left is None:
        return f"{what} …"
    return f"{what}, {left:.0f} s left" if left >= 1 else f"{what}, nearly done"


class NotebookStages(Stages):
    """The training while it runs, then what the diagnosis does, then the report, which appears before its outcome is measured.

    The report is one output that is updated in place: with what the training itself has shown, with what is known before the
    trials, and with all of it at the end. An interrupt leaves what stands there.

    Args:
        live: show the training while it runs, in place of Keras' progress bar.
    """

    def __init__(self, live: bool = True) -> None:
        self.replaces_bar = live
        self._live = LiveView()
        self._report: Any = None  # the display of a report that is not complete
        self._said, self._next = "", 0.0

    def training(self, progress: Any) -> None:
        """The listener of a training."""
        self._forget_report()
        self._live(progress)

    def doing(self, what: str, left: float | None = None) -> None:
        now = time.perf_counter()
        if now < self._next and what == self._said:
            return
        if self._report is not None and not self._said:
            self._forget_report()  # that of an earlier training
        self._said, self._next = what, now + EVERY
        self._live.say(line(what, left))

    def known(self, report: Any) -> None:
        from IPython.display import display

        bundle = _bundle(report)
        if self._report is None:
            self._report = display(bundle, raw=True, display_id=True)
        else:
            self._report.update(bundle, raw=True)

    def finish(self, report: Any, above: Any = None) -> bool:
        """Take the line away and complete the report that stands there, with a comparison above it; False where none stands."""
        self.over()
        if self._report is None:
            return False
        parts = [part for part in (above, report) if part is not None]
        shown = {"text/html": "\n".join(p.to_html() for p in parts), "text/plain": "\n".join(p.to_text() for p in parts)}
        self._report.update(shown, raw=True)
        self._report = None
        return True

    def over(self) -> None:
        """One training is diagnosed; another may follow."""
        self._live.leave()
        self._said = ""

    def _forget_report(self) -> None:
        if self._report is not None:
            self._report.update(_EMPTY, raw=True)
            self._report = None


class TerminalStages(Stages):
    """One line, written over itself; Keras' bar shows the training."""

    def __init__(self) -> None:
        self._line = ProgressLine(after=0.0)

    def doing(self, what: str, left: float | None = None) -> None:
        self._line.say(line(what, left))

    def finish(self, report: Any, above: Any = None) -> bool:
        """Take the line away; comparison and report are printed after it."""
        self._line.clear()
        return False

    def over(self) -> None:
        """One training is diagnosed; another may follow."""
        self._line.clear()


def _bundle(report: Any) -> dict[str, str]:
    """What is known so far."""
    known = report.diagnoses[-1]
    shown = _brief(known) if known.pending == "outcome" else report.to_html()
    return {"text/html": shown, "text/plain": report.verdict}


def _brief(diagnosis: Any) -> str:
    """What the training itself has shown, drawn in a moment: without images, and without code, which takes copies of the model."""
    from keras_magic.facts import to_plain
    from keras_magic.views import html
    from keras_magic.views.safe import shown as safe

    findings = [{"title": f.title, "message": f.message, "rule": f.rule} for f in diagnosis.shown.findings if f.cause != "tool"]
    return html.brief(safe({"verdict": diagnosis.verdict, "findings": findings, "facts": to_plain(diagnosis.shown.facts)}))
