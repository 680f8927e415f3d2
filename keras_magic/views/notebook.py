"""Show reports where the user is: as HTML under a notebook cell, as coloured text in a terminal."""

from __future__ import annotations

import sys
from typing import Any

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
        from keras_magic.views.controls import Turns

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
            if hasattr(result, "answer"):  # controls
                _allow_widgets()
                _shared["controls"] = [*_shared.get("controls", ()), result]  # they answer as long as the kernel lives
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
