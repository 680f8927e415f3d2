"""Controls that need Python: try a fix, see its code, look at a column. They stand in an output of their own, when asked for.

A reopened notebook has no kernel behind them, so the report never holds them. Their callbacks may run in another thread than the
cells (a subshell): figures without pyplot only, and one lock that a running cell and a running trial take in turns.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import ipywidgets as widgets
from markupsafe import Markup, escape

from keras_magic.assessment import score
from keras_magic.facts import to_plain
from keras_magic.findings import Finding
from keras_magic.views import plots
from keras_magic.views.explore import Explorer
from keras_magic.views.html import template

Try = Callable[[Finding], Any]
_CODE = "background-color:rgba(127,127,127,.13);border-radius:5px;padding:9px 12px;margin:4px 0;white-space:pre-wrap;color:inherit"


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


def controls(findings: Sequence[Finding], explorer: Explorer | None, try_fix: Try, turns: Turns) -> widgets.VBox:
    """A row for each finding with a fix that can be applied, and the columns of the data.

    Args:
        findings: of one diagnosis, symptoms left out.
        explorer: of the same diagnosis; None where its data has no columns.
        try_fix: makes the paired trial of a finding's fix; returns `TrialFacts`.
        turns: shared by everything that trains.
    """
    rows: list[Any] = [_row(f, try_fix, turns) for f in findings if f.fix is not None and f.fix.transform is not None]
    if explorer is not None:
        rows.append(columns(explorer))
    return widgets.VBox(rows)


def columns(explorer: Explorer) -> widgets.VBox:
    """Choose a column; see its distribution by class and its findings."""
    chooser = widgets.Dropdown(options=explorer.names, description="Column", layout=widgets.Layout(max_width="420px"))
    chooser.add_class("km-columns")
    shown = widgets.HTML()

    def show(change: Any = None) -> None:
        _guarded(shown, lambda: explorer.html(chooser.value))

    chooser.observe(show, "value")
    show()
    return widgets.VBox([chooser, shown])


def outcome(trials: Any) -> str:
    """A paired trial as HTML: what came of it in words, and the two scores."""
    if not trials.results:
        raise RuntimeError("; ".join(trials.missing) or "no trial could be made")
    result = trials.results[0]
    if result.failed is not None:
        raise RuntimeError(result.failed)
    gain, spread = result.gain or 0.0, result.spread
    picture = plots.of_trials({"results": [to_plain(result)]})  # of the score that the words speak of
    helps = "It helps" if gain > spread else "It makes it worse" if gain < -spread else "No clear difference"
    return template("trial.html").render(
        words=f"{helps}: validation score {score(result.before)} → {score(result.after)} ({result.title})",
        picture=picture.picture() if picture is not None else None,
    )


def _row(finding: Finding, try_fix: Try, turns: Turns) -> widgets.VBox:
    assert finding.fix is not None
    fix = finding.fix
    title = widgets.HTML(Markup("<b>{}</b> {}").format(finding.rule, fix.title))
    trying = widgets.Button(description="Try it", tooltip="Train two copies briefly, with and without this fix")
    code = widgets.Button(description="Show code", tooltip="Show the code and how to get it into a new cell")
    shown = widgets.HTML()

    def try_it(_: Any) -> None:
        trying.disabled, trying.description = True, "Trying …"
        try:
            _guarded(shown, lambda: _trial(finding, try_fix, turns))
        finally:
            trying.disabled, trying.description = False, "Try it"

    def show_code(_: Any) -> None:
        how = Markup("Run <code>%fix {}</code> to get this into a new cell below, or copy it:")
        shown.value = how.format(finding.rule) + Markup('<pre style="{}">{}</pre>').format(_CODE, fix.code)

    trying.on_click(try_it)
    code.on_click(show_code)
    return widgets.VBox([widgets.HBox([trying, code, title]), shown])


def _trial(finding: Finding, try_fix: Try, turns: Turns) -> str:
    with turns.mine():
        return outcome(try_fix(finding))


def _guarded(shown: widgets.HTML, make: Callable[[], str]) -> None:
    """Show what `make` gives, or its error as one line."""
    try:
        shown.value = make()
    except Exception as error:
        shown.value = str(escape(f"Not possible: {' '.join(str(error).split())}"[:300]))
