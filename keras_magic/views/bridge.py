"""Pages that ask Python: the learning rate that was chosen in a plot, and the questions of controls. Each has an anywidget
that is never displayed and only listens.

No view of it is stored in the notebook, so a reopened notebook shows no "model not found"; without anywidget, or where the
front end does not start it, the page simply never hears from it and hides what it says about Python.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras_magic.errors import UsageError
from keras_magic.views.lr import EVENT

#: The event in which controls ask: `event.detail` is {"id": ..., "number": ..., "question": {...}}; the answer comes as ASK-answer.
ASK = "keras-magic-ask"

_ANSWERING = """
export default {
  initialize({ model }) {
    const event = model.get("event"), id = model.get("id");
    const hear = ({ detail }) => { if (detail.id === id) model.send({ number: detail.number, question: detail.question }); };
    const say = (message) => window.dispatchEvent(new CustomEvent(event + "-answer", { detail: message }));
    const tell = () => window.dispatchEvent(new CustomEvent(event + "-ready", { detail: { id } }));
    model.on("msg:custom", say);
    window.addEventListener(event, hear);
    window.addEventListener(event + "-asks", tell);  // the page may be drawn after us
    tell();
    return () => {
      model.off("msg:custom", say);
      window.removeEventListener(event, hear);
      window.removeEventListener(event + "-asks", tell);
    };
  },
};
"""

_SCRIPT = """
export default {
  initialize({ model }) {
    const event = model.get("event"), id = model.get("id");
    const hear = ({ detail }) => {
      if (detail.id !== id) return;
      model.set("rate", detail.rate);
      model.save_changes();
      if (detail.apply) model.send({ rate: detail.rate });
    };
    const say = () => window.dispatchEvent(new CustomEvent(event + "-said", { detail: { id, text: model.get("said") } }));
    model.on("change:said", say);
    const tell = () => window.dispatchEvent(new CustomEvent(event + "-ready", { detail: { id } }));
    window.addEventListener(event, hear);
    window.addEventListener(event + "-asks", tell);  // the page may be drawn after us
    tell();
    return () => {
      model.off("change:said", say);
      window.removeEventListener(event, hear);
      window.removeEventListener(event + "-asks", tell);
    };
  },
};
"""


def connect(id: str, pick: Callable[[float], None], apply: Callable[[float], float]) -> Any:
    """Call `pick` with each rate that is chosen on the page called `id`, and `apply` with one whose Apply is clicked; what came of
    that is reported there.

    Returns:
        The bridge, to be kept alive; None without anywidget.
    """
    bridge = _listener(_SCRIPT, EVENT, id)
    if bridge is None:
        return None

    def answer(_: Any, message: Any, __: Any) -> None:
        rate = message.get("rate") if isinstance(message, dict) else None
        if isinstance(rate, bool) or not isinstance(rate, (int, float)):
            bridge.said = "Nothing was applied: no learning rate arrived."
            return
        try:
            bridge.said = f"Applied: the model's learning rate is {apply(rate):.3g} now."
        except UsageError as error:
            bridge.said = str(error)

    bridge.observe(lambda change: pick(change["new"]), "rate")
    bridge.on_msg(answer)
    return bridge


def answering(id: str, answer: Callable[[Any], str]) -> Any:
    """Answer the questions of the page called `id`: `answer` gets what the page asks and gives HTML.

    Returns:
        The bridge, to be kept alive; None without anywidget.
    """
    bridge = _listener(_ANSWERING, ASK, id)

    def heard(_: Any, message: Any, __: Any) -> None:
        if isinstance(message, dict):
            bridge.send({"number": message.get("number"), "html": answer(message.get("question"))})

    if bridge is not None:
        bridge.on_msg(heard)
    return bridge


def _listener(script: str, listens_to: str, page: str) -> Any:
    """A widget that runs `script` for one page; None without anywidget."""
    try:
        import anywidget
        import traitlets
    except ImportError:
        return None

    class Listener(anywidget.AnyWidget):
        _esm = script
        event = traitlets.Unicode(listens_to).tag(sync=True)
        id = traitlets.Unicode(page).tag(sync=True)
        rate = traitlets.Float(0.0).tag(sync=True)
        said = traitlets.Unicode().tag(sync=True)

    return Listener()
