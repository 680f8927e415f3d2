"""The result of `lr_find` as HTML: an image that reads anywhere, with a marker to drag where scripts run."""

from __future__ import annotations

import json
import math
from typing import Any
from uuid import uuid4

from markupsafe import Markup
from matplotlib.figure import Figure

from keras_magic.views.axes import legend_above
from keras_magic.views.html import template
from keras_magic.views.plots import BACKGROUND, WIDTH, to_png

#: The event in which the page reports the learning rate dragged to: `event.detail` is {"id": ..., "rate": ..., "apply": ...}.
EVENT = "keras-magic-rate"
_MOST_POINTS = 300


def to_html(result: Any, id: str | None = None, name: str | None = None) -> str:
    """The result as a fragment for a notebook.

    Args:
        result: a `keras_magic.lr.result.LRFindResult`.
        id: what the page calls itself in its events; a fresh one by default.
        name: the variable that holds the result, where there is one.
    """
    source, box, limits = _image(result)
    stride = max(1, len(result.lrs) // _MOST_POINTS)
    script_data = {
        "id": id or f"km-lr-{uuid4().hex[:8]}",
        "event": EVENT,
        "lrs": [float(v) for v in result.lrs[::stride]],
        "losses": [float(v) if math.isfinite(v) else None for v in result.smoothed[::stride]],
        "rate": float(result.suggestion),
        "low": limits[0],
        "high": limits[1],
        "code": result.code_for(1.2345e-06),  # the page puts the chosen rate in the place of this number
        "placeholder": "1.23e-06",
    }
    safe = Markup(json.dumps(script_data).replace("<", "\\u003c"))
    rules = {name: f"{rate:.2g}" for name, rate in result.suggestions.items()}
    return template("lr.html").render(
        name=name,
        result=result,
        id=script_data["id"],
        source=source,
        box=box,
        data=safe,
        rules=rules,
        alt=_words(result),
        code=result.code,
    )


def _image(result: Any) -> tuple[str, dict[str, float], tuple[float, float]]:
    """The plot as a data URI, where its axes lie (in per cent of the image), and the learning rates at their ends."""
    figure = Figure(figsize=(WIDTH, 3.5), facecolor=BACKGROUND)
    figure.subplots_adjust(left=0.1, right=0.98, top=0.83, bottom=0.14)
    ax = result.plot(figure.add_subplot(facecolor=BACKGROUND), rules=False)  # they are in the table
    ax.set_title("")
    ax.tick_params(labelsize=8)
    ax.spines[["top", "right"]].set_visible(False)
    ax.yaxis.get_offset_text().set(x=-0.08, fontsize=8)  # beside the legend
    legend_above(ax, 4)
    place = ax.get_position()
    box = {"left": 100 * place.x0, "width": 100 * place.width, "top": 100 * (1 - place.y1), "height": 100 * place.height}
    low, high = ax.get_xlim()
    return to_png(figure), box, (float(low), float(high))


def _words(result: Any) -> str:
    span = f"Loss against learning rate from {result.lrs[0]:.2g} to {result.lrs[-1]:.2g}"
    if not result.helps:
        return f"{span}: no learning rate helps"
    low, high = result.band
    return f"{span}: suggestion {result.suggestion:.2g}, learning rates from {low:.2g} to {high:.2g} are as good within the noise"
