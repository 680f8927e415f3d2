"""The training while it runs: one output area that updates in place, drawn as a small SVG (kilobytes, about a millisecond)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from keras_magic.assessment import number
from keras_magic.views.axes import distinct_names
from keras_magic.views.plots import ALARM, QUIET, TRAIN, VALIDATION

_WIDTH, _HEIGHT, _LEFT, _TOP = 420, 150, 54, 16
_MOST_LAYERS = 14
FONT = "font-family:system-ui,'DejaVu Sans',sans-serif;font-size:13px;line-height:1.45"


class LiveView:
    """A listener of `keras_magic.watch.progress.Progress`: each `fit` gets an output area of its own, updated in place."""

    def __init__(self) -> None:
        self._handle: Any = None
        self._ended: Any = None  # the area and the last moment of a training that has ended: its diagnosis speaks there

    def __call__(self, progress: Any) -> None:
        shown = final(progress) if progress.done else moment(progress)
        if self._handle is None:
            self.say("")  # under an earlier training
        self._put({"text/html": shown, "text/plain": line(progress)})
        self._ended = (self._handle, progress, shown) if progress.done else None
        if progress.done:
            self._handle = None  # the next fit starts a new area

    def say(self, text: str) -> None:
        """Say what is done now: under the training that has ended, else where the next one will be shown."""
        below = f'<div style="{FONT}" role="status">{escape(text)}</div>' if text else ""
        if self._ended is not None:
            handle, progress, shown = self._ended
            handle.update({"text/html": shown + below, "text/plain": f"{line(progress)} {text}".strip()}, raw=True)
        elif text or self._handle is not None:
            self._put({"text/html": below, "text/plain": text})

    def leave(self) -> None:
        """Say nothing any more; what comes next starts a new area."""
        self.say("")
        self._handle = self._ended = None

    def _put(self, bundle: dict[str, str]) -> None:
        from IPython.display import display

        if self._handle is None:
            self._handle = display(bundle, raw=True, display_id=True)
        else:
            self._handle.update(bundle, raw=True)


def line(progress: Any) -> str:
    """One line of text: where the training is, how long it takes, the loss."""
    words = [f"epoch {min(progress.epoch, progress.epochs)} of {progress.epochs}"]
    if progress.steps_per_epoch and not progress.done:
        words.append(f"step {progress.step} of {progress.steps_per_epoch}")
    words += [f"{name} {number(values[-1], 4)}" for name, values in progress.history.items() if values][:4]
    words.append(_seconds(progress.elapsed))
    if progress.remaining is not None:
        words.append(f"about {_seconds(progress.remaining)} left")
    if progress.done:
        words.append("interrupted" if progress.interrupted else f"stopped by {progress.raised}" if progress.raised else "done")
    return " · ".join(words)


def moment(progress: Any) -> str:
    """The view of a moment, as HTML; its height stays the same, so that the page does not jump."""
    share = _share(progress)
    bar = (
        f'<div style="height:5px;background-color:rgba(127,127,127,.25);border-radius:3px;margin:4px 0">'
        f'<div style="height:5px;width:{100 * share:.1f}%;background-color:{TRAIN};border-radius:3px"></div></div>'
    )
    return f'<div class="km-live" style="{FONT};max-width:900px">{_head(progress)}{bar}{_drawing(progress)}</div>'


def final(progress: Any) -> str:
    """What stays when the training has ended: the line, the drawing folded behind it. The report has the curves as images."""
    fold = f'<details><summary style="cursor:pointer">{escape(line(progress))}</summary>{_drawing(progress)}</details>'
    return f'<div class="km-live" style="{FONT};max-width:900px">{_events(progress)}{fold}</div>'


def _drawing(progress: Any) -> str:
    return (
        f'<div style="height:{_HEIGHT + 6}px;overflow:hidden">'
        f'<svg width="{2 * _WIDTH}" height="{_HEIGHT}" role="img" aria-label="{escape(line(progress))}" '
        f'style="max-width:100%" viewBox="0 0 {2 * _WIDTH} {_HEIGHT}">{_curves(progress)}{_layers(progress.layers)}</svg></div>'
    )


def _head(progress: Any) -> str:
    return f"<div>{escape(line(progress))}</div>{_events(progress)}"


def _events(progress: Any) -> str:
    return "".join(
        f'<div style="border-left:4px solid {ALARM};padding-left:8px;font-weight:600">{escape(event)}</div>'
        for event in progress.events
    )


def _share(progress: Any) -> float:
    within = progress.step / progress.steps_per_epoch if progress.steps_per_epoch else 0.0
    return min(1.0, max(0.0, (progress.epoch - 1 + within) / max(progress.epochs, 1)))


def _curves(progress: Any) -> str:
    """Batch losses and the epochs' losses over one axis of steps."""
    per_epoch = progress.steps_per_epoch or (progress.loss_steps[-1] / max(progress.epoch, 1) if progress.loss_steps else 1)
    train, validation = progress.history.get("loss", ()), progress.history.get("val_loss", ())
    series = [
        ([s / per_epoch for s in progress.loss_steps], progress.losses, TRAIN, 0.4, "batches"),
        (range(1, len(train) + 1), train, TRAIN, 1.0, "loss"),
        (range(1, len(validation) + 1), validation, VALIDATION, 1.0, "val_loss"),
    ]
    values = [v for _, ys, _, _, _ in series for v in ys if math.isfinite(v)]
    if not values:
        return _text(_LEFT, _TOP + 40, "waiting for the first losses" if not progress.events else "no finite loss")
    low, high = min(values), max(values)
    log = low > 0 and high > 50 * low
    to_y = _scale(_log(low) if log else low, _log(high) if log else high, _HEIGHT - 16, _TOP)
    to_x = _scale(0, max(progress.epochs, 1), _LEFT, _WIDTH - 20)
    lines = [
        f'<polyline fill="none" stroke="{color}" stroke-opacity="{opacity}" stroke-width="1.6" '
        f'points="{_points(xs, ys, to_x, to_y, log)}"/>'
        for xs, ys, color, opacity, _ in series
        if len(ys) > 0
    ]
    labels = [_text(_LEFT - 4, to_y(_log(v) if log else v) + 4, number(v, 2), "end") for v in {low, high}]
    axis = f'<path d="M{_LEFT} {_TOP}V{_HEIGHT - 16}H{_WIDTH - 20}" fill="none" stroke="{QUIET}"/>'
    names = _key(_LEFT + 8, "training loss", TRAIN) + (_key(_LEFT + 118, "validation loss", VALIDATION) if validation else "")
    return axis + "".join(lines) + "".join(labels) + names + _text(_WIDTH - 20, _HEIGHT - 3, f"{progress.epochs} epochs", "end")


def _layers(layers: Mapping[str, Mapping[str, float]]) -> str:
    """Gradient norm per layer as bars on a log scale, input side on top; dead units beside them."""
    shown = [(n, v) for n, v in layers.items() if "gradient_norm" in v][:_MOST_LAYERS]
    sizes = [_log(v["gradient_norm"]) for _, v in shown if math.isfinite(v["gradient_norm"]) and v["gradient_norm"] > 0]
    if not sizes:
        return ""
    low, high = min(min(sizes) - 0.5, max(sizes) - 3), max(sizes)
    left, room = _WIDTH + 130, _WIDTH - 250  # 120 are left for the note behind the longest bar
    height = min(16.0, (_HEIGHT - _TOP - 4) / len(shown))
    rows = [_text(_WIDTH, 11, "gradient per layer (log scale)")]
    names = distinct_names([name for name, _ in shown], 18)
    for i, (name, (_, values)) in enumerate(zip(names, shown, strict=True)):
        y, norm, dead = _TOP + 4 + i * height, values["gradient_norm"], values.get("dead", 0.0)
        good = math.isfinite(norm)
        width = room * (max(0.0, (_log(norm) - low) / (high - low)) if good and norm > 0 else 0.0 if good else 1.0)
        rows.append(
            f'<rect x="{left}" y="{y:.1f}" width="{width:.1f}" height="{height - 2:.1f}" fill="{TRAIN if good else ALARM}"/>'
        )
        rows.append(_text(left - 6, y + height - 4, name, "end", size=min(11.0, height)))
        note = number(norm, 2) + (f" · {100 * dead:.0f} % dead" if dead >= 0.05 else "")
        rows.append(_text(left + width + 5, y + height - 4, note, size=min(10.0, height)))
    return "".join(rows)


def _points(xs: Sequence[float], ys: Sequence[float], to_x: Any, to_y: Any, log: bool) -> str:
    pairs = ((x, y) for x, y in zip(xs, ys, strict=False) if math.isfinite(y))
    return " ".join(f"{to_x(x):.1f},{to_y(_log(y) if log else y):.1f}" for x, y in pairs)


def _scale(low: float, high: float, start: float, end: float) -> Any:
    span = (high - low) or 1.0
    return lambda value: start + (value - low) / span * (end - start)


def _text(x: float, y: float, words: str, anchor: str = "start", size: float = 11.0) -> str:
    return f'<text x="{x:.0f}" y="{y:.1f}" font-size="{size:.0f}" fill="currentColor" text-anchor="{anchor}">{escape(words)}</text>'


def _key(x: float, words: str, color: str) -> str:
    """A stroke in the colour of a line, and what the line is."""
    return f'<path d="M{x} 7h14" stroke="{color}" stroke-width="3"/>' + _text(x + 19, 11, words)


def _log(value: float) -> float:
    return math.log10(max(value, 1e-30))


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 60 else f"{int(seconds // 60)} min {int(seconds % 60)} s"
