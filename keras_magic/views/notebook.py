"""Show reports where the user is: as HTML under a notebook cell, as coloured text in a terminal."""

from __future__ import annotations

import sys
from typing import Any

from keras_magic.views.progress import with_progress

NO_FIT = (
    "%%diagnose saw no training: this cell called neither model.fit nor train_on_batch, took no gradient with tf.GradientTape and "
    "applied no Keras optimizer (training in NumPy or torch alone is not seen). Put %%diagnose on the first line of the cell that "
    "trains (nothing above it, not even a comment), or look without training: %diagnose model x y."
)


#: The bridges of the plots that are shown, kept alive as long as the kernel.
_bridges: dict[str, Any] = {}
#: What all controls of this kernel share.
_shared: dict[str, Any] = {}


def in_notebook(shell: Any) -> bool:
    """Whether the shell talks to a front end that renders HTML (Jupyter, VS Code, Colab), not to a terminal."""
    return getattr(shell, "kernel", None) is not None


def turns() -> Any:
    """Who may train now: a cell, or a trial that a button started. Followed from the first call on, which a cell makes.

    Raises:
        UsageError: no front end is there that could show controls.
    """
    from IPython.core.getipython import get_ipython

    from keras_magic.errors import UsageError

    shell = get_ipython()
    if not in_notebook(shell):
        raise UsageError("controls need a notebook; elsewhere use report.repair(), report.plot() and finding.fix.code")
    if "turns" not in _shared:
        from keras_magic.views.widgets import Turns

        _shared["turns"] = Turns()
        _shared["turns"].follow(shell, running=True)
    return _shared["turns"]


def stages(shell: Any, live: bool, quiet: bool) -> dict[str, Any]:
    """The settings of a diagnosis that show what it does: `stages`, and `live` for the training itself.

    In a terminal the training is left to Keras' own progress bar.
    """
    from keras_magic.views.stages import NotebookStages, TerminalStages

    if quiet:
        return {}
    if not in_notebook(shell):
        return {"stages": TerminalStages()} if sys.stdout.isatty() else {}
    view = NotebookStages(live)
    return {"stages": view, **({"live": view.training} if live else {})}


def show(shell: Any, result: Any, name: str | None = None) -> None:
    """Display a result, which the variable `name` holds; in a terminal as text, in colour where it has any."""
    if in_notebook(shell):
        from IPython.display import display

        if hasattr(result, "pick"):
            _show_with_bridge(result, name)
        else:
            display(result)
    elif hasattr(result, "diagnoses"):
        print(result.to_text(color=sys.stdout.isatty()))
    else:
        print(result)


def _show_with_bridge(result: Any, name: str | None) -> None:
    """A learning-rate plot whose marker, dragged in the page, reaches `result.chosen` and, by its button, the model."""
    from uuid import uuid4

    from IPython.display import display

    from keras_magic.views import bridge, lr

    id = f"km-lr-{uuid4().hex[:8]}"
    _allow_widgets()
    display({"text/html": lr.to_html(result, id, name), "text/plain": str(result)}, raw=True)
    _bridges[id] = bridge.connect(id, result.pick, result.apply)


def _allow_widgets() -> None:
    """Colab starts widgets that are not its own only where a notebook asks for them."""
    if "google.colab" in sys.modules:
        sys.modules["google.colab"].output.enable_custom_widget_manager()


def _show_beside(shell: Any, before: Any, report: Any) -> None:
    """Both curves of the validation score: of an earlier report and of this one."""
    from keras_magic.views import compare

    curves = compare.curves_of(before), compare.curves_of(report)
    name = compare.shared_score(*curves)
    if name is None:
        return
    text = compare.words(name, curves[0][name], curves[1][name])
    if in_notebook(shell):
        from IPython.display import display

        display({"text/html": compare.to_html(*curves), "text/plain": text}, raw=True)
    else:
        print(text)


def deliver(shell: Any, report: Any, options: Any, stages: Any = None, before: Any = None) -> None:
    """Show a report as its options ask, where its `stages` hold a place for it; write it to a file, go on to repair.

    A fault of ours in here must not hide what the user's cell raised or returned: it becomes one visible line.
    """
    try:
        if not report.diagnoses:
            if sys.exc_info()[0] is None:
                print(NO_FIT)
            return
        if options.quiet:
            print(report.verdict)
        else:
            if before is not None:
                _show_beside(shell, before, report)
            finish = getattr(stages, "finish", None)
            if finish is None or not finish(report):
                show(shell, report)
        if options.html:
            report.to_html(options.html)
        if options.controls and in_notebook(shell):
            show(shell, report.controls())
        if getattr(options, "repair", None):
            show(shell, with_progress(report.repair)(options.repair))
    except Exception as error:
        print(
            f"KM903 keras_magic could not show its report ({type(error).__name__}: {error}). Please report this.", file=sys.stderr
        )
