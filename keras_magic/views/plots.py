"""Plots of a diagnosis: each says what its data is, then `plot(ax=None)` draws it. Never pyplot, whose state is not thread-safe.

Everything works on the plain dict of one diagnosis (`report.to_dict()["diagnoses"][i]`).
"""

from __future__ import annotations

import base64
import io
import math
import textwrap
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from PIL import Image

from keras_magic.views.axes import (
    INK,
    bars,
    distinct_names,
    far_apart,
    first_value,
    last_value,
    legend_above,
    log_if_wide,
    plain_number,
    quantile_of,
    resampled,
    shortened,
    span_of,
    symmetric_log,
    to_log10,
    to_number,
)
from keras_magic.views.columns import is_named

TRAIN, VALIDATION, ALARM, QUIET = "#2f6db5", "#c8642c", "#c0392b", "#8a8f98"
BACKGROUND, _GOOD = "#f3f4f6", "#2e8b57"
WIDTH = 6.8  # inches of an image, shown 100 pixels each
MOST_ROWS = 24  # rows of an image; more become unreadable
WIDEST, NARROWEST = 8, 4  # columns that stand for more than that

#: Which images say most about which cause, best first.
_IMAGES: dict[str, tuple[str, ...]] = {
    "nonfinite-input": ("missing",),
    **dict.fromkeys(
        ("input-not-scaled", "preprocessing-mismatch", "outliers", "constant-feature", "categorical-as-ordinal"),
        ("feature-scales",),
    ),
    **dict.fromkeys(("class-imbalance", "single-class", "unshuffled-data"), ("classes",)),
    **dict.fromkeys(("label-encoding", "target-not-scaled", "output-activation", "loss-mismatch", "output-units"), ("ranges",)),
    "distribution-shift": ("drift",),
    **dict.fromkeys(
        ("vanishing-gradient", "exploding-gradient", "dead-relu", "hidden-activation", "weight-init"), ("layers", "loss")
    ),
    **dict.fromkeys(
        (
            *("learning-rate-too-high", "learning-rate-too-low", "optimizer", "batch-size", "epochs-too-few", "epochs-too-many"),
            *("capacity-too-large", "capacity-too-small", "too-little-data"),
            *("dropout", "regularization", "batchnorm", "label-noise"),
        ),
        ("loss",),
    ),
}


@dataclass(frozen=True)
class Plot:
    """One image: what it is called, what it shows in words (for those who can't see it), and how it is drawn."""

    title: str
    alt: str
    draw: Callable[[Axes], None]
    height: float = 2.2  # inches
    rows: tuple[str, ...] = ()  # names of the rows from top to bottom, for images that have rows
    right: float = 0.15  # inches kept free beside the axes

    def figure(self, *, titled: bool = True) -> Figure:
        """A new figure of its own, outside pyplot.

        Its margins come from the lengths of the labels: a layout engine would measure each text twice.
        """
        figure = Figure(figsize=(WIDTH, self.height), facecolor=BACKGROUND)
        ax = self.plot(figure.add_subplot())
        above = (0.3 if ax.get_legend() else 0.08) + (0.25 if titled else 0.0)
        if not titled:
            ax.set_title("", loc="left")
        left = 0.22 + 0.068 * max(len(line) for row in self.rows for line in row.split("\n")) if self.rows else 0.75
        figure.subplots_adjust(left / WIDTH, 0.48 / self.height, 1 - self.right / WIDTH, 1 - above / self.height)
        return figure

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw on `ax`, by default on a new figure, and return the axes."""
        if ax is None:
            return self.figure().axes[0]
        ax.set_facecolor(BACKGROUND)
        ax.tick_params(labelsize=8, colors=INK)
        ax.grid(True, color="#d9dce1", linewidth=0.6)
        ax.set_axisbelow(True)
        ax.spines[["top", "right"]].set_visible(False)
        ax.spines[["left", "bottom"]].set_color(QUIET)
        self.draw(ax)
        if self.rows:
            ax.set_yticks(range(len(self.rows)), self.rows)
            ax.set_ylim(len(self.rows) - 0.4, -0.6)
            ax.grid(False, axis="y")
        ax.set_title(self.title, fontsize=10, loc="left", color=INK, y=1.0, pad=24 if ax.get_legend() else 6)
        ax.xaxis.label.set(fontsize=9, color=INK)
        ax.yaxis.label.set(fontsize=9, color=INK)
        return ax

    def image(self) -> dict[str, str]:
        """What the templates show: title, words, and the drawing as a data URI, small enough to stand in a notebook."""
        return {"title": self.title, "alt": self.alt, "src": to_png(self.figure(titled=False))}


def to_png(figure: Figure) -> str:
    """A figure as a data URI: sharp on fine screens, and with few colours, which makes it a third as large."""
    figure.set_dpi(144)
    canvas = FigureCanvasAgg(figure)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")  # a name may hold signs that the font lacks
        canvas.draw()
    pixels = Image.frombuffer("RGBA", canvas.get_width_height(), bytes(canvas.buffer_rgba()), "raw", "RGBA", 0, 1)
    buffer = io.BytesIO()
    pixels.convert("RGB").quantize(128).save(buffer, "png")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def kinds_of(cause: str) -> tuple[str, ...]:
    """The kinds of images that say most about a cause."""
    return _IMAGES.get(cause, ())


def available(diagnosis: Mapping[str, Any]) -> dict[str, Plot]:
    """Every image that the evidence of a diagnosis allows, by kind."""
    makers = {
        "loss": _loss,
        "missing": _missing,
        "classes": _classes,
        "layers": _layers,
        "ranges": _ranges,
        "drift": _drift,
        "trials": _trials,
    }
    plots = {kind: make(diagnosis["facts"]) for kind, make in makers.items()}
    plots["feature-scales"] = _feature_scales(diagnosis["facts"], diagnosis.get("findings", ()))
    return {kind: plot for kind, plot in plots.items() if plot is not None}


def _loss(facts: Mapping[str, Any]) -> Plot | None:
    training = facts["training"] or {}
    history = {k: [to_number(v) for v in values] for k, values in (training.get("history") or {}).items()}
    losses = [to_number(v) for v in training.get("losses") or ()]
    steps = training.get("loss_steps") or ()
    train, validation = history.get("loss", []), history.get("val_loss", [])
    if not any(map(math.isfinite, [*losses, *train])):
        return None
    per_epoch = (training.get("steps_done") or 0) / max(training.get("epochs_done") or len(train) or 1, 1) or 1.0
    best = min((i for i, v in enumerate(validation) if math.isfinite(v)), key=lambda i: validation[i], default=None)

    def draw(ax: Axes) -> None:
        if losses:
            ax.plot([s / per_epoch for s in steps], losses, color=TRAIN, alpha=0.35, linewidth=0.8, label="single batches")
        ax.plot(range(1, len(train) + 1), train, color=TRAIN, marker=".", label="training")
        if validation:
            ax.plot(range(1, len(validation) + 1), validation, color=VALIDATION, marker=".", label="validation")
        if best is not None:
            ax.axvline(best + 1, color=QUIET, linestyle="--", linewidth=1, label=f"best epoch ({best + 1})")
        ax.set_xlabel("epoch")
        ax.set_ylabel("loss")
        ax.xaxis.set_major_locator(MaxNLocator(10, integer=True))
        ax.margins(x=0.01)
        log_if_wide(ax, [*losses, *train, *validation])
        legend_above(ax)

    alt = f"Training loss from {first_value(train or losses)} to {last_value(train or losses)}"
    if best is not None:
        alt += f"; validation loss lowest ({validation[best]:.4g}) in epoch {best + 1} of {len(validation)}"
        alt += f", last {last_value(validation)}"
    return Plot("Loss while training", alt, draw, 2.5)


def _feature_scales(facts: Mapping[str, Any], findings: Sequence[Mapping[str, Any]] = ()) -> Plot | None:
    columns = [c for i in (facts["data"] or {}).get("inputs") or () for c in i["columns"] if c["std"] is not None and not c["text"]]
    if len(columns) < 2:
        return None
    shown, rest = _extremes(columns, lambda c: to_number(c["max"]) - to_number(c["min"]), is_named(columns, findings))
    labels = distinct_names([c["name"] for c in shown])
    rows = [(label, [quantile_of(c, q) for q in (0.01, 0.25, 0.5, 0.75, 0.99)]) for label, c in zip(labels, shown, strict=True)]

    def draw(ax: Axes) -> None:
        for y, (_, (low, first, middle, third, high)) in enumerate(rows):
            ax.plot([low, high], [y, y], color=TRAIN, linewidth=1.2, alpha=0.6)
            ax.plot([first, third], [y, y], color=TRAIN, linewidth=6, alpha=0.85, solid_capstyle="butt")
            ax.plot([middle], [y], marker="o", color=TRAIN, markeredgecolor=BACKGROUND, markersize=6)
        ax.axvspan(-3, 3, color=_GOOD, alpha=0.12, linewidth=0)
        far = far_apart([values for _, values in rows])
        if far:
            symmetric_log(ax, [v for _, values in rows for v in values])
        ax.set_xlabel(f"value{' (logarithmic)' if far else ''}; green: about -3 to 3, where networks learn well")

    widest = max(columns, key=lambda c: to_number(c["max"]) - to_number(c["min"]))
    narrowest = min(columns, key=lambda c: to_number(c["max"]) - to_number(c["min"]))
    ends = [f"{c['name']} from {to_number(c['min']):.4g} to {to_number(c['max']):.4g}" for c in (widest, narrowest)]
    alt = f"Values of {len(columns)} features: {' and '.join(ends)}"
    title = f"Where the features lie (line: 1 % to 99 %, bar: middle half, dot: median){rest}"
    return Plot(title, alt, draw, 0.75 + 0.2 * len(rows), tuple(name for name, _ in rows))


def _missing(facts: Mapping[str, Any]) -> Plot | None:
    columns = [(c, i["name"]) for i in (facts["data"] or {}).get("inputs") or () for c in i["columns"] if c["count"]]
    gaps = {c["name"]: 100 * (c["nan"] + c["inf"]) / c["count"] for c, _ in columns if c["nan"] + c["inf"]}
    if not gaps or len(columns) < 2:
        return None
    shown = sorted(gaps.items(), key=lambda gap: -gap[1])[:MOST_ROWS]

    def draw(ax: Axes) -> None:
        bars(ax, [share for _, share in shown], [f"{share:.2g} %" for _, share in shown], ALARM)
        ax.set_xlabel(
            f"% of the column's values; {len(columns) - len(gaps)} of {len(columns)} columns have none" + _rest(len(gaps))
        )

    alt = "Share of NaN or infinite values: " + ", ".join(f"{name} {share:.2g} %" for name, share in shown[:12])
    return Plot("NaN or infinite values per column", alt, draw, 0.75 + 0.22 * len(shown), tuple(shortened(n) for n, _ in shown))


def _classes(facts: Mapping[str, Any]) -> Plot | None:
    target = next((t for t in (facts["data"] or {}).get("targets") or () if t["classes"]), None)
    if target is None:
        return None
    counts = sorted(target["classes"].items(), key=lambda item: -item[1])
    shown = counts[:MOST_ROWS]

    def draw(ax: Axes) -> None:
        bars(ax, [n for _, n in shown], [f"{n:,}" for _, n in shown], TRAIN)
        ax.set_xlabel("rows" + _rest(len(counts)))

    alt = "Rows per class: " + ", ".join(f"{label}: {n:,}" for label, n in counts[:12])
    names = tuple(shortened(str(label)) for label, _ in shown)
    return Plot(f"Rows per class of {target['name']}", alt, draw, 0.75 + 0.22 * len(shown), names)


def _ranges(facts: Mapping[str, Any]) -> Plot | None:
    outcome, data = facts["outcome"] or {}, facts["data"] or {}
    head: Mapping[str, Any] = next(iter((facts["model"] or {}).get("heads") or ()), {})
    if str(head.get("loss")).startswith("sparse_"):
        return None  # class numbers are never compared with outputs
    target = outcome.get("target_range") or next(
        ([t["min"], t["max"]] for t in data.get("targets") or () if t["form"] == "continuous" and t["min"] is not None), None
    )
    given = [("targets", target, TRAIN), ("predictions", outcome.get("prediction_range"), VALIDATION)]
    spans = [(name, [to_number(v) for v in span], color) for name, span, color in given if span]
    if not spans or not all(math.isfinite(v) for _, span, _ in spans for v in span):
        return None
    ends = [v for _, span, _ in spans for v in span]
    reach = head.get("range") or (None, None)
    if tuple(reach) != (None, None):
        beyond = 0.08 * (max(ends) - min(ends))
        bounds = [min(ends) - beyond if reach[0] is None else reach[0], max(ends) + beyond if reach[1] is None else reach[1]]
        spans.append(("output can reach", bounds, QUIET))
    if len(spans) < 2:
        return None

    def draw(ax: Axes) -> None:
        for y, (_, (low, high), color) in enumerate(spans):
            ax.plot([low, high], [y, y], color=color, linewidth=8, solid_capstyle="butt")
            ax.plot([low, high], [y, y], color=color, linestyle="none", marker="|", markersize=12)
        for side, arrow in ((0, "<"), (1, ">")):
            if len(spans) == 3 and reach[side] is None:  # it goes on
                ax.plot([spans[2][1][side]], [2], color=QUIET, marker=arrow, markersize=14)
        ax.margins(x=0.05)
        ax.set_xlabel("value")

    alt = "; ".join(f"{name} from {low:.4g} to {high:.4g}" for name, (low, high), _ in spans)
    names = tuple(name for name, _, _ in spans)
    return Plot("What is asked of the output, and what it gives", alt, draw, 0.75 + 0.3 * len(spans), names)


def _drift(facts: Mapping[str, Any]) -> Plot | None:
    drift = ((facts["data"] or {}).get("validation") or {}).get("drift") or {}
    rows = sorted(((name, to_number(d.get("mean_shift"))) for name, d in drift.items()), key=lambda row: -abs(row[1]))[:MOST_ROWS]
    rows = [(name, shift) for name, shift in rows if math.isfinite(shift)]
    if not rows:
        return None

    def draw(ax: Axes) -> None:
        ax.barh(range(len(rows)), [shift for _, shift in rows], color=VALIDATION, height=0.7)
        ax.axvline(0, color=INK, linewidth=0.8)
        ax.set_xlabel("mean of the validation rows, in standard deviations of the training rows from their mean")

    alt = "Shift of the validation means in training standard deviations: " + ", ".join(f"{n}: {s:+.2f}" for n, s in rows[:8])
    return Plot("Validation against training", alt, draw, 0.75 + 0.22 * len(rows), tuple(shortened(name) for name, _ in rows))


def _layers(facts: Mapping[str, Any]) -> Plot | None:
    layers = [s for s in (facts["training"] or {}).get("layers") or () if len(s["gradient_norm"]) > 1]
    if not layers:
        return None
    layers = (
        layers if len(layers) <= MOST_ROWS else [layers[round(i * (len(layers) - 1) / (MOST_ROWS - 1))] for i in range(MOST_ROWS)]
    )
    columns = min(80, max(len(s["gradient_norm"]) for s in layers))
    grid = [resampled([to_log10(v) for v in s["gradient_norm"]], columns) for s in layers]
    last = max(s["steps"][-1] for s in layers if s["steps"])
    broken = any(not math.isfinite(v) for row in grid for v in row)

    def draw(ax: Axes) -> None:
        from matplotlib.colors import Normalize

        image = ax.imshow(
            grid, aspect="auto", cmap="viridis", norm=Normalize(*span_of(grid)), extent=(1, last, len(grid) - 0.5, -0.5)
        )
        image.cmap = image.cmap.with_extremes(bad=ALARM)
        ax.grid(False)
        ax.set_xlabel("training step; input side on top" + ("; red: NaN or infinite" if broken else ""))
        bar = ax.figure.colorbar(image, ax=ax, pad=0.015, fraction=0.03)
        bar.ax.yaxis.set_major_locator(MaxNLocator(4, integer=True))
        bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda power, _: plain_number(10.0**power)))
        bar.ax.tick_params(labelsize=8, colors=INK)
        bar.outline.set_visible(False)

    ends = [f"{s['name']}: {to_number(s['gradient_norm'][-1]):.2g}" for s in (layers[0], layers[-1])]
    alt = f"Gradient norms of {len(layers)} layers over {last} steps; at the end {' and '.join(ends)}"
    names = tuple(shortened(_with_health(s)) for s in layers)
    return Plot("Size (norm) of the gradients per layer while training", alt, draw, 0.9 + 0.22 * len(layers), names, right=0.5)


def _trials(facts: Mapping[str, Any]) -> Plot | None:
    return of_trials(facts["trials"] or {})


def of_trials(trials: Mapping[str, Any]) -> Plot | None:
    """Skill before and after each change that was tried.

    Args:
        trials: plain `TrialFacts`.
    """
    tried = [t for t in trials.get("results") or () if t["failed"] is None and t["gain"] is not None]
    tried = sorted(tried, key=lambda t: -to_number(t["gain"]))[:8]
    if not tried:
        return None

    def draw(ax: Axes) -> None:
        for y, t in enumerate(tried):
            before, after = to_number(t["before"]), to_number(t["after"])
            ax.plot([before, after], [y, y], color=QUIET, linewidth=2)
            ax.plot([before], [y], marker="o", color=QUIET, markersize=6, label="as it is" if y == 0 else None)
            ax.plot(
                [after],
                [y],
                marker="o",
                color=_GOOD if after > before else ALARM,
                markersize=8,
                label="with the fix" if y == 0 else None,
            )
        ax.set_xlabel("validation score (0: trivial answer, 1: perfect)")
        legend_above(ax)

    alt = "Fixes tried on copies, validation score before and after: " + "; ".join(
        f"{t['title'] or t['name']}: {to_number(t['before']):.2f} to {to_number(t['after']):.2f}" for t in tried
    )
    lines = [textwrap.wrap(shortened(t["title"] or t["name"], 150), 42) for t in tried]
    height = 1.0 + max(0.3, 0.16 * max(map(len, lines))) * len(tried)
    return Plot("Fixes tried on copies of your model", alt, draw, height, tuple(map("\n".join, lines)))


def _extremes(columns: Sequence[Any], key: Callable[[Any], float], named: Sequence[bool]) -> tuple[list[Any], str]:
    """All columns where they fit, else those that findings name and a few of the widest and narrowest; a note on the rest."""
    if len(columns) <= MOST_ROWS:
        return list(columns), ""
    order = sorted(range(len(columns)), key=lambda i: key(columns[i]))
    first = [i for i, is_first in enumerate(named) if is_first][:WIDEST]
    chosen = sorted({*first, *order[:NARROWEST], *order[len(first) - WIDEST or len(order) :]})
    return [columns[i] for i in chosen], f" ({len(chosen)} of {len(columns)} shown)"


def _rest(total: int) -> str:
    return f" ({MOST_ROWS} of {total} shown)" if total > MOST_ROWS else ""


def _with_health(series: Mapping[str, Any]) -> str:
    dead = to_number(series["dead"][-1]) if series["dead"] else math.nan
    return f"{series['name']} ({100 * dead:.0f} % dead)" if math.isfinite(dead) and dead >= 0.05 else str(series["name"])
