"""Controls that need Python: try a fix, see its code, look at a column. They stand in an output of their own, when asked for.

They are HTML that asks a kernel through a bridge and stays hidden where none answers: a reopened notebook shows nothing of them.
Answers may be made in another thread than the cells (a subshell): figures without pyplot only, and one lock that a running cell
and a running trial take in turns.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from markupsafe import escape

from keras_magic.assessment import score
from keras_magic.facts import to_plain
from keras_magic.findings import Finding
from keras_magic.views import bridge, plots
from keras_magic.views.explore import Explorer
from keras_magic.views.html import template

Try = Callable[[Finding], Any]


class Turns:
    """Cells and trials take turns: a trial restores the random state at its end, which a training beside it must not feel."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._depth = 0  # of cells within cells, as %run makes them

    def follow(self, shell: Any, running: bool) -> None:
        """Take part in the cells of a shell; `running`: one is running now, and this is called from it."""
        if running:
            self._begin()
        shell.events.register("pre_run_cell", self._begin)
        shell.events.register("post_run_cell", self._end)

    @contextmanager
    def mine(self) -> Iterator[None]:
        """The turn of a trial.

        Raises:
            RuntimeError: a cell or another trial is running.
        """
        if not self._lock.acquire(blocking=False):
            raise RuntimeError("a cell or another trial is running; press again when it has ended")
        try:
            yield
        finally:
            self._lock.release()

    def _begin(self, info: Any = None) -> None:
        if self._depth == 0:
            self._lock.acquire()
        self._depth += 1

    def _end(self, result: Any = None) -> None:
        if self._depth:
            self._depth -= 1
            if self._depth == 0:
                self._lock.release()


class Controls:
    """A row for each finding with a fix that can be applied, and the columns of the data.

    Args:
        findings: of one diagnosis, symptoms left out.
        explorer: of the same diagnosis; None where its data has no columns.
        try_fix: makes the paired trial of a finding's fix; returns `TrialFacts`.
        turns: shared by everything that trains.
    """

    def __init__(self, findings: Sequence[Finding], explorer: Explorer | None, try_fix: Try, turns: Turns) -> None:
        self._findings = {f.rule: f for f in reversed(findings) if f.fix is not None and f.fix.transform is not None}
        self._findings = dict(reversed(self._findings.items()))
        self._explorer, self._try, self._turns = explorer, try_fix, turns
        self._bridge: Any = None

    def answer(self, ask: Any) -> str:
        """What a button or the choice of a column gets, as HTML; an error as one line.

        Args:
            ask: {"try": code of a check}, {"code": code of a check} or {"column": name}.
        """
        try:
            (what, name), *_ = ask.items()
            return {"try": self._tried, "code": self._code, "column": self._column}[what](name)
        except Exception as error:
            return str(escape(f"Not possible: {' '.join(str(error).split())}"[:300]))

    def to_html(self, id: str | None = None) -> str:
        """The controls as HTML, hidden until a kernel answers for `id`."""
        names = self._explorer.names if self._explorer is not None else []
        id = id or f"km-controls-{uuid4().hex[:8]}"
        return template("controls.html").render(id=id, event=bridge.ASK, findings=self._findings.values(), columns=names)

    def _ipython_display_(self) -> None:
        from IPython.display import display

        id = f"km-controls-{uuid4().hex[:8]}"
        display({"text/html": self.to_html(id), "text/plain": ""}, raw=True)
        self._bridge = bridge.answering(id, self.answer)
        if self._bridge is None:
            print("The controls need anywidget in the kernel: pip install anywidget")

    def _tried(self, rule: str) -> str:
        with self._turns.mine():
            return outcome(self._try(self._findings[rule]))

    def _code(self, rule: str) -> str:
        return template("controls_code.html").render(rule=rule, code=getattr(self._findings[rule].fix, "code", ""))

    def _column(self, name: str) -> str:
        if self._explorer is None:
            raise RuntimeError("there are no columns")
        return self._explorer.html(name)


def outcome(trials: Any) -> str:
    """A paired trial as HTML: what came of it in words, and the two scores."""
    if not trials.results:
        raise RuntimeError("; ".join(trials.missing) or "no trial could be made")
    result = trials.results[0]
    if result.failed is not None:
        raise RuntimeError(result.failed)
    gain, spread = result.gain or 0.0, result.spread
    image = plots.of_trials({"results": [to_plain(result)]})  # of the score that the words speak of
    helps = "It helps" if gain > spread else "It makes it worse" if gain < -spread else "No clear difference"
    return template("trial.html").render(
        words=f"{helps}: validation score {score(result.before)} → {score(result.after)} ({result.title})",
        image=image.image() if image is not None else None,
    )
