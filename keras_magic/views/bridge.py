"""The rate that was chosen in the page reaches Python: an anywidget that is never displayed and only listens.

No view of it is stored in the notebook, so a reopened notebook shows no "model not found"; without anywidget, or where the
front end does not start it, the page simply never hears from it and hides what it says about Python.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras_magic.views.lr import EVENT

_SCRIPT = """
export default {
  initialize({ model }) {
    const event = model.get("event"), id = model.get("id");
    const hear = ({ detail }) => {
      if (detail.id !== id) return;
      model.set("rate", detail.rate);
      model.save_changes();
    };
    const tell = () => window.dispatchEvent(new CustomEvent(event + "-ready", { detail: { id } }));
    window.addEventListener(event, hear);
    window.addEventListener(event + "-asks", tell);  // the page may be drawn after us
    tell();
    return () => {
      window.removeEventListener(event, hear);
      window.removeEventListener(event + "-asks", tell);
    };
  },
};
"""


def connect(id: str, listener: Callable[[float], None]) -> Any:
    """Call `listener` with each rate that is chosen on the page called `id`.

    Returns:
        The bridge, to be kept alive; None without anywidget.
    """
    try:
        import anywidget
        import traitlets
    except ImportError:
        return None

    class RateBridge(anywidget.AnyWidget):
        _esm = _SCRIPT
        event = traitlets.Unicode(EVENT).tag(sync=True)
        id = traitlets.Unicode().tag(sync=True)
        rate = traitlets.Float(0.0).tag(sync=True)

    bridge = RateBridge(id=id)
    bridge.observe(lambda change: listener(change["new"]), "rate")
    return bridge
