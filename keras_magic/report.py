"""`Report`: what was found, its views, and the search for a repair. One `Diagnosis` per `fit`."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keras_magic.checks import all_rules
from keras_magic.diagnosis.result import Diagnosis
from keras_magic.errors import FaultFound, UsageError
from keras_magic.findings import Finding, Severity

if TYPE_CHECKING:
    from matplotlib.axes import Axes


#: Version of the form of `to_dict` and `to_json`: it grows where a field goes or changes its meaning.
SCHEMA = 1


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of `Report.to_json()`."""
    text = files("keras_magic").joinpath("report.schema.json").read_text("utf-8")
    return dict(json.loads(text))


class Report:
    """The answer: findings ranked with the root cause first, a verdict, and views of them.

    The last expression of a notebook cell shows it; `print(report)` shows it in a terminal.
    """

    def __init__(self, *diagnoses: Diagnosis) -> None:
        self.diagnoses: list[Diagnosis] = list(diagnoses)

    def add(self, diagnosis: Diagnosis) -> None:
        """Append the diagnosis of one more `fit`."""
        self.diagnoses.append(diagnosis)

    @property
    def findings(self) -> list[Finding]:
        """All findings, most likely root cause first; with several fits, those of the worst first."""
        return [f for d in sorted(self.diagnoses, key=_badness) for f in d.findings]

    @property
    def history(self) -> Any:
        """The Keras `History` of the last fit, None without training."""
        return self.diagnoses[-1].history if self.diagnoses else None

    @property
    def exception(self) -> BaseException | None:
        """What the training raised, or None."""
        return next((d.exception for d in self.diagnoses if d.exception is not None), None)

    @property
    def verdict(self) -> str:
        """What is wrong, or that nothing is, in one sentence; with several fits, that of the worst."""
        if not self.diagnoses:
            return "Nothing was diagnosed: no fit was called, and no step of a Keras optimizer was seen."
        worst = min(self.diagnoses, key=_badness)
        if len(self.diagnoses) == 1:
            return worst.verdict
        kind = "Loop" if worst.kind == "loop" else "Fit"
        return f"{kind} {self.diagnoses.index(worst) + 1} of {len(self.diagnoses)}{worst.subject}: {worst.verdict}"

    def raise_for(self, level: str = "error") -> None:
        """Raise where something was found, for tests and continuous integration; say nothing where it was not.

        Args:
            level: the mildest severity that counts: "error", "warning" or "info".

        Raises:
            FaultFound: there is such a finding, or the training raised; the message is the verdict and one line for each.
            UsageError: there is no such level.

        Example:
            >>> report = km.diagnose(model, x_train, y_train, epochs=5)
            >>> report.raise_for("error")
        """
        if level not in ("error", "warning", "info"):
            raise UsageError(f'level must be "error", "warning" or "info", but it is {level!r}')
        worst = Severity(level).rank
        shown = [d.shown for d in self.diagnoses]
        found = [f for d in shown for f in d.findings if f.cause != "tool" and f.severity.rank <= worst]
        if found or self.exception is not None:
            error = next((d.exception for d in shown if d.exception is not None), None)
            raise FaultFound("\n".join([self.verdict, *(f"  {f}" for f in found)]), self) from error

    def repair(self, seconds: float = 60.0, *, seed: int = 0, progress: Callable[[float, str], None] | None = None) -> Any:
        """Try the fixes in paired trials on copies and keep what helps.

        Args:
            seconds: time allowed; an interrupt ends the search as well, with the best so far.
            seed: of the short trainings.
            progress: called with the share of the time that is gone (0..1), and with what is being tried.

        Returns:
            A `keras_magic.repair.Repair` with `.run`, `.trials` and `.code`.

        Raises:
            UsageError: the report holds no captured training, or `seconds` is not positive.
            UnsupportedError: the model cannot be copied.
        """
        from keras_magic.repair import repair

        return repair(self, seconds=seconds, seed=seed, progress=progress)

    def controls(self, seconds: float = 20.0) -> Any:
        """Buttons for a notebook: *Try it* and *Show code* for each fix, and the columns of the data to choose from.

        They need a running kernel, so they are no part of the report: put this on the last line of a cell.

        Args:
            seconds: time allowed for one trial.

        Raises:
            UsageError: there is no notebook, or no captured training.
        """
        from keras_magic.views import explore, notebook

        diagnosis, turns = self._last_with_run(), notebook.turns()
        from keras_magic.trials import runner
        from keras_magic.views.controls import Controls

        run: Any = diagnosis.run
        task = diagnosis.facts.outcome.task if diagnosis.facts.outcome else None

        def try_fix(finding: Any) -> Any:
            candidates = [runner.Candidate(finding.cause, finding.fix)]
            return runner.run_trials(run, candidates, seconds=seconds, task=task)

        try:
            explorer = explore.Explorer(diagnosis)
        except UsageError:  # no columns: images, token ids
            explorer = None
        return Controls(diagnosis.findings if diagnosis.kind == "fit" else (), explorer, try_fix, turns)

    def explore(self) -> Any:
        """Choose a column in a notebook; see its distribution by class and what was found about it.

        Raises:
            UsageError: there is no notebook, or the data has no columns.
        """
        from keras_magic.views import explore, notebook

        diagnosis, turns = self._last_with_run(), notebook.turns()
        from keras_magic.views.controls import Controls

        return Controls((), explore.Explorer(diagnosis), lambda finding: None, turns)

    def plot(self, kind: str | None = None, ax: Axes | None = None) -> Axes:
        """Draw one image of the report.

        Args:
            kind: "loss", "feature-scales", "missing", "classes", "layers", "ranges", "drift" or "trials"; by default the one
                that belongs to the first finding, else the loss.
            ax: where to draw; a new figure by default.

        Raises:
            UsageError: the evidence for this image is not there; the message names those that are.
        """
        from keras_magic.views import plots

        available = {k: p for d in reversed(self.to_dict()["diagnoses"]) for k, p in plots.available(d).items()}
        kind = kind or next((k for f in self.findings for k in plots.kinds_of(f.cause) if k in available), None)
        kind = kind or next(iter(available), None)
        if kind not in available:
            raise UsageError(f"there is no plot {kind!r} in this report; it has {sorted(available) or 'none'}")
        return available[kind].plot(ax)

    def _last_with_run(self) -> Diagnosis:
        found = next((d for d in reversed(self.diagnoses) if d.run is not None), None)
        if found is None and any(d.kind == "loop" for d in self.diagnoses):
            raise UsageError(
                "this report is about a loop of your own, which cannot be run again on a copy: make its fixes in your code"
            )
        if found is not None and not found.values:
            raise UsageError("this report shows no values of the data: diagnose again without values=False, or --no-values")
        if found is None:
            raise UsageError("there is no training in this report: diagnose a fit first (%%diagnose, km.diagnose)")
        return found

    def to_dict(self) -> dict[str, Any]:
        """Plain, JSON-able values: everything that the views show."""
        from keras_magic.version import __version__

        return {
            "keras_magic": __version__,
            "schema": SCHEMA,
            "verdict": self.verdict,
            "diagnoses": [d.to_dict() for d in self.diagnoses],
            "pages": _pages(self.findings),
        }

    def to_json(self, path: str | Path | None = None, *, indent: int | None = 2) -> str:
        """The report as JSON, written to `path` as well when given; `keras_magic.report.schema()` is its JSON Schema."""
        return _written(json.dumps(self.to_dict(), indent=indent, allow_nan=False), path)

    def to_html(self, path: str | Path | None = None) -> str:
        """The report as HTML that needs no network and no scripts; with `path` also written there as a page of its own."""
        from keras_magic.views import html

        report = self._shown()
        if path is not None:
            _written(html.page(report), path)
        return html.render(report)

    def _shown(self) -> dict[str, Any]:
        """What the views get: as `to_dict`, names cut and without hidden characters."""
        from keras_magic.views.safe import shown

        return dict(shown(self.to_dict()))

    def to_markdown(self, path: str | Path | None = None) -> str:
        """The report as Markdown: short enough for a comment on a pull request, and as context for an assistant."""
        from keras_magic.views import markdown

        return _written(markdown.render(self._shown()), path)

    def to_mlflow(self) -> None:
        """Log the report as artifacts of the active MLflow run (`keras_magic/report.html` and `.json`), and its verdict as a tag.

        Raises:
            UsageError: MLflow is not installed.
        """
        from keras_magic import trackers

        trackers.to_mlflow(self)

    def to_tensorboard(self, log_dir: str | Path, step: int = 0) -> None:
        """Write the report as Markdown into TensorBoard's *Text* tab.

        Args:
            log_dir: where the logs of this training are; step: at which step it is shown.
        """
        from keras_magic import trackers

        trackers.to_tensorboard(self, log_dir, step)

    def to_text(self, *, color: bool = False, width: int | None = None) -> str:
        """The report for a terminal, coloured with ANSI codes on request."""
        from keras_magic.views import text

        return text.render(self._shown(), color=color, width=width)

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        return f"<Report: {self.verdict}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.to_html(), "text/plain": self.to_text()}

    def _repr_html_(self) -> str:
        """For front ends without Jupyter's bundles, such as marimo."""
        return self.to_html()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(self.to_text())


def _badness(diagnosis: Diagnosis) -> int:
    """0 for a fit that raised, then by the severity of its first finding."""
    if diagnosis.exception is not None:
        return 0
    return 1 + min((f.severity.rank for f in diagnosis.findings if f.cause != "tool"), default=3)


def _pages(findings: list[Finding]) -> dict[str, dict[str, str]]:
    """The pages of the rules that have something to say, for the *explain* folds."""
    wanted = {f.rule for finding in findings for f in (finding, *finding.symptoms)}
    return {r.code: {"title": r.title, **r.page} for r in all_rules() if r.code in wanted}


def _written(text: str, path: str | Path | None) -> str:
    if path is not None:
        Path(path).write_text(text, encoding="utf-8")
    return text
