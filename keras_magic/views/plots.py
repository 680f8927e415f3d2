"""Pictures of a diagnosis: each says what its data is, then `plot(ax=None)` draws it. Never pyplot, whose state is not thread-safe.

Everything works on the plain dict of one diagnosis (`report.to_dict()["diagnoses"][i]`).
"""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

TRAIN, VALIDATION, ALARM, QUIET = "#2f6db5", "#c8642c", "#c0392b", "#8a8f98"
_BACKGROUND, _INK = "#f3f4f6", "#2b2f36"
MOST_ROWS = 24  # rows of a picture; more become unreadable

#: Which pictures say most about which cause, best first.
_PICTURES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("input-not-scaled", "preprocessing-mismatch", "outliers", "constant-feature", "nonfinite-input", "categorical-as-ordinal"),
        ("feature-scales",),
    ),
    **dict.fromkeys(("class-imbalance", "label-encoding", "single-class", "unshuffled-data"), ("classes", "ranges")),
    **dict.fromkeys(("target-not-scaled", "output-activation", "loss-mismatch", "output-units"), ("ranges",)),
    "distribution-shift": ("drift",),
    **dict.fromkeys(
        ("vanishing-gradient", "exploding-gradient", "dead-relu", "hidden-activation", "weight-init"), ("layers", "loss")
    ),
    **dict.fromkeys(("learning-rate-too-high", "learning-rate-too-low", "optimizer"), ("loss", "trials")),
    **dict.fromkeys(
        ("epochs-too-few", "epochs-too-many", "capacity-too-large", "capacity-too-small", "too-little-data", "batch-size"),
        ("loss",),
    ),
    **dict.fromkeys(("dropout", "regularization", "batchnorm", "label-noise"), ("loss",)),
}


@dataclass(frozen=True)
class Plot:
    """One picture: what it is called, what it shows in words (for those who can't see it), and how it is drawn."""

    title: str
    alt: str
    draw: Callable[[Axes], None]
    height: float = 2.4  # inches

    def figure(self) -> Figure:
        """A new figure of its own, outside pyplot."""
        figure = Figure(figsize=(6.8, self.height), facecolor=_BACKGROUND, layout="constrained")
        self.plot(figure.add_subplot())
        return figure

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw on `ax`, by default on a new figure, and return the axes."""
        if ax is None:
            return self.figure().axes[0]
        ax.set_facecolor(_BACKGROUND)
        ax.set_title(self.title, fontsize=10, loc="left", color=_INK)
        ax.tick_params(labelsize=8, colors=_INK)
        ax.grid(True, color="#d9dce1", linewidth=0.6)
        ax.set_axisbelow(True)
        ax.spines[["top", "right"]].set_visible(False)
        self.draw(ax)
        ax.xaxis.label.set(fontsize=9, color=_INK)
        ax.yaxis.label.set(fontsize=9, color=_INK)
        return ax

    def png(self) -> str:
        """A data URI, small enough to stand in a notebook."""
        return to_png(self.figure())


def to_png(figure: Figure, dpi: int = 110) -> str:
    """A figure as a data URI."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def kinds_of(cause: str) -> tuple[str, ...]:
    """The kinds of pictures that say most about a cause."""
    return _PICTURES.get(cause, ())


def available(diagnosis: Mapping[str, Any]) -> dict[str, Plot]:
    """Every picture that the evidence of a diagnosis allows, by kind."""
    makers = {
        "loss": _loss,
        "feature-scales": _feature_scales,
        "classes": _classes,
        "layers": _layers,
        "ranges": _ranges,
        "drift": _drift,
        "trials": _trials,
    }
    plots = {kind: make(diagnosis["facts"]) for kind, make in makers.items()}
    return {kind: plot for kind, plot in plots.items() if plot is not None}


def _loss(facts: Mapping[str, Any]) -> Plot | None:
    training = facts["training"] or {}
    history = {k: [_number(v) for v in values] for k, values in (training.get("history") or {}).items()}
    losses = [_number(v) for v in training.get("losses") or ()]
    steps = training.get("loss_steps") or ()
    train, validation = history.get("loss", []), history.get("val_loss", [])
    if not any(map(math.isfinite, [*losses, *train])):
        return None
    per_epoch = (training.get("steps_done") or 0) / max(training.get("epochs_done") or len(train) or 1, 1) or 1.0
    best = min((i for i, v in enumerate(validation) if math.isfinite(v)), key=lambda i: validation[i], default=None)

    def draw(ax: Axes) -> None:
        if losses:
            ax.plot([s / per_epoch for s in steps], losses, color=TRAIN, alpha=0.3, linewidth=0.8, label="loss of single batches")
        ax.plot(range(1, len(train) + 1), train, color=TRAIN, marker=".", label="training loss")
        if validation:
            ax.plot(range(1, len(validation) + 1), validation, color=VALIDATION, marker=".", label="validation loss")
        if best is not None:
            ax.axvline(best + 1, color=QUIET, linestyle="--", linewidth=1, label=f"best epoch: {best + 1}")
        ax.set_xlabel("epoch")
        ax.set_ylabel("loss")
        _log_if_wide(ax, [*losses, *train, *validation])
        _legend(ax)

    alt = f"Training loss from {_first(train or losses)} to {_last(train or losses)}"
    if best is not None:
        alt += (
            f"; validation loss lowest ({validation[best]:.4g}) in epoch {best + 1} of {len(validation)}, last {_last(validation)}"
        )
    return Plot("Loss while training", alt, draw, 2.6)


def _feature_scales(facts: Mapping[str, Any]) -> Plot | None:
    columns = [c for i in (facts["data"] or {}).get("inputs") or () for c in i["columns"] if c["std"] is not None and not c["text"]]
    if len(columns) < 2:
        return None
    shown, rest = _extremes(columns, lambda c: _number(c["max"]) - _number(c["min"]))
    rows = [(_short(c["name"]), [_quantile(c, q) for q in (0.01, 0.25, 0.5, 0.75, 0.99)]) for c in shown]

    def draw(ax: Axes) -> None:
        for y, (_, (low, first, middle, third, high)) in enumerate(rows):
            ax.plot([low, high], [y, y], color=TRAIN, linewidth=1.2, alpha=0.6)
            ax.plot([first, third], [y, y], color=TRAIN, linewidth=6, alpha=0.85, solid_capstyle="butt")
            ax.plot([middle], [y], marker="o", color=TRAIN, markeredgecolor=_BACKGROUND, markersize=6)
        ax.set_yticks(range(len(rows)), [name for name, _ in rows])
        ax.set_xscale("symlog", linthresh=_linear_part([v for _, values in rows for v in values]))
        ax.invert_yaxis()
        ax.axvspan(-3, 3, color="#2e8b57", alpha=0.12, linewidth=0)
        ax.set_xlabel("value (logarithmic); green: about -3 to 3, where networks learn well" + rest)
        _thin_ticks(ax)

    widest = max(columns, key=lambda c: _number(c["max"]) - _number(c["min"]))
    narrowest = min(columns, key=lambda c: _number(c["max"]) - _number(c["min"]))
    ends = [f"{c['name']} from {_number(c['min']):.4g} to {_number(c['max']):.4g}" for c in (widest, narrowest)]
    alt = f"Values of {len(columns)} features: {' and '.join(ends)}"
    return Plot("Where the features lie", alt, draw, 1.0 + 0.2 * len(rows))


def _classes(facts: Mapping[str, Any]) -> Plot | None:
    target = next((t for t in (facts["data"] or {}).get("targets") or () if t["classes"]), None)
    if target is None:
        return None
    counts = sorted(target["classes"].items(), key=lambda item: -item[1])
    shown = counts[:MOST_ROWS]

    def draw(ax: Axes) -> None:
        ax.barh([_short(str(label)) for label, _ in shown], [n for _, n in shown], color=TRAIN, height=0.7)
        for y, (_, n) in enumerate(shown):
            ax.annotate(f" {n:,}", (n, y), va="center", fontsize=8, color=_INK)
        ax.margins(x=0.12)
        ax.invert_yaxis()
        ax.grid(False, axis="y")
        ax.set_xlabel("rows" + _rest(len(counts)))

    alt = "Rows per class: " + ", ".join(f"{label}: {n:,}" for label, n in counts[:12])
    return Plot(f"Rows per class of {target['name']}", alt, draw, 1.0 + 0.22 * len(shown))


def _ranges(facts: Mapping[str, Any]) -> Plot | None:
    outcome, data = facts["outcome"] or {}, facts["data"] or {}
    target = outcome.get("target_range") or next(
        ([t["min"], t["max"]] for t in data.get("targets") or () if t["form"] == "continuous" and t["min"] is not None), None
    )
    spans: list[tuple[str, Any, str]] = [("targets", target, TRAIN), ("predictions", outcome.get("prediction_range"), VALIDATION)]
    reach = next((h["range"] for h in (facts["model"] or {}).get("heads") or () if None not in h["range"]), None)
    rows = [(name, [_number(v) for v in span], color) for name, span, color in (*spans, ("output can reach", reach, QUIET)) if span]
    if len(rows) < 2 or not all(math.isfinite(v) for _, span, _ in rows for v in span):
        return None

    def draw(ax: Axes) -> None:
        for y, (_, (low, high), color) in enumerate(rows):
            ax.plot([low, high], [y, y], color=color, linewidth=8, solid_capstyle="butt")
            ax.plot([low, high], [y, y], color=color, linestyle="none", marker="|", markersize=12)
        ax.set_yticks(range(len(rows)), [name for name, _, _ in rows])
        ax.set_ylim(len(rows) - 0.5, -0.5)
        ax.margins(x=0.08)
        ax.set_xlabel("value")

    alt = "; ".join(f"{name} from {low:.4g} to {high:.4g}" for name, (low, high), _ in rows)
    return Plot("What is asked of the output, and what it gives", alt, draw, 1.7)


def _drift(facts: Mapping[str, Any]) -> Plot | None:
    drift = ((facts["data"] or {}).get("validation") or {}).get("drift") or {}
    rows = sorted(((name, _number(d.get("mean_shift"))) for name, d in drift.items()), key=lambda row: -abs(row[1]))[:MOST_ROWS]
    rows = [(name, shift) for name, shift in rows if math.isfinite(shift)]
    if not rows:
        return None

    def draw(ax: Axes) -> None:
        ax.barh([_short(name) for name, _ in rows], [shift for _, shift in rows], color=VALIDATION, height=0.7)
        ax.axvline(0, color=_INK, linewidth=0.8)
        ax.invert_yaxis()
        ax.set_xlabel("mean of the validation rows, in standard deviations of the training rows from their mean")

    alt = "Shift of the validation means in training standard deviations: " + ", ".join(f"{n}: {s:+.2f}" for n, s in rows[:8])
    return Plot("Validation against training", alt, draw, 1.0 + 0.22 * len(rows))


def _layers(facts: Mapping[str, Any]) -> Plot | None:
    layers = [s for s in (facts["training"] or {}).get("layers") or () if len(s["gradient_norm"]) > 1]
    if not layers:
        return None
    layers = (
        layers if len(layers) <= MOST_ROWS else [layers[round(i * (len(layers) - 1) / (MOST_ROWS - 1))] for i in range(MOST_ROWS)]
    )
    columns = min(80, max(len(s["gradient_norm"]) for s in layers))
    grid = [_resampled([_log10(v) for v in s["gradient_norm"]], columns) for s in layers]
    last = max(s["steps"][-1] for s in layers if s["steps"])

    def draw(ax: Axes) -> None:
        from matplotlib.colors import Normalize

        image = ax.imshow(
            grid, aspect="auto", cmap="viridis", norm=Normalize(*_span(grid)), extent=(1, last, len(grid) - 0.5, -0.5)
        )
        image.cmap = image.cmap.with_extremes(bad=ALARM)
        ax.set_yticks(range(len(layers)), [_short(_with_health(s)) for s in layers])
        ax.grid(False)
        ax.set_xlabel("training step (input side on top; red: NaN or infinite)")
        bar = ax.figure.colorbar(image, ax=ax, pad=0.01)
        bar.set_label("log10 of the gradient's norm", fontsize=8)
        bar.ax.tick_params(labelsize=8)

    ends = [f"{s['name']}: {_number(s['gradient_norm'][-1]):.2g}" for s in (layers[0], layers[-1])]
    alt = f"Gradient norms of {len(layers)} layers over {last} steps; at the end {' and '.join(ends)}"
    return Plot("Gradients per layer while training", alt, draw, 1.1 + 0.24 * len(layers))


def _trials(facts: Mapping[str, Any]) -> Plot | None:
    return of_trials(facts["trials"] or {})


def of_trials(trials: Mapping[str, Any]) -> Plot | None:
    """Skill before and after each change that was tried.

    Args:
        trials: plain `TrialFacts`.
    """
    tried = [t for t in trials.get("results") or () if t["failed"] is None and t["gain"] is not None]
    tried = sorted(tried, key=lambda t: -_number(t["gain"]))[:8]
    if not tried:
        return None

    def draw(ax: Axes) -> None:
        for y, t in enumerate(tried):
            before, after = _number(t["before"]), _number(t["after"])
            ax.plot([before, after], [y, y], color=QUIET, linewidth=2)
            ax.plot([before], [y], marker="o", color=QUIET, markersize=6, label="as it is" if y == 0 else None)
            ax.plot(
                [after],
                [y],
                marker="o",
                color="#2e8b57" if after > before else ALARM,
                markersize=8,
                label="with the fix" if y == 0 else None,
            )
        ax.set_yticks(range(len(tried)), [_short(t["title"] or t["name"], 46) for t in tried])
        ax.set_ylim(len(tried) + 0.3, -0.5)  # room for the legend below
        ax.set_xlabel("skill on held-out rows (0: trivial answer, 1: perfect)")
        ax.legend(fontsize=8, framealpha=0.85, edgecolor="none", loc="lower right", ncols=2)

    alt = "Fixes tried on copies, skill before and after: " + "; ".join(
        f"{t['title'] or t['name']}: {_number(t['before']):.2f} to {_number(t['after']):.2f}" for t in tried
    )
    return Plot("Fixes tried on copies of your model", alt, draw, 1.4 + 0.3 * len(tried))


def of_trial(trial: Mapping[str, Any]) -> Plot:
    """The two loss curves of one paired trial, each against the share of its own start, as a change of loss changes the scale.

    Args:
        trial: a plain `TrialResult`.
    """
    curves = {"as it is": [_number(v) for v in trial["before_loss"]], "with the fix": [_number(v) for v in trial["after_loss"]]}

    def draw(ax: Axes) -> None:
        for (name, losses), color in zip(curves.items(), (QUIET, "#2e8b57"), strict=True):
            if losses:
                scale = abs(losses[0]) if math.isfinite(losses[0]) and losses[0] else 1.0
                broken = next((i for i, v in enumerate(losses, 1) if not math.isfinite(v)), None)
                label = name if broken is None else f"{name}: not a number from epoch {broken} on"
                ax.plot(range(1, len(losses) + 1), [v / scale for v in losses], color=color, marker=".", label=label)
        ax.set_xlabel("epoch of the short training")
        ax.set_ylabel("training loss / first loss")
        if any(curves.values()):
            _legend(ax)

    ends = [f"{name} from {_first(losses)} to {_last(losses)}" for name, losses in curves.items() if losses]
    return Plot("Training loss of the two copies", "Training loss " + ("; ".join(ends) or "not recorded"), draw)


# ---------------------------------------------------------------- small helpers


def _number(value: Any) -> float:
    """A value of the plain dict as a float; None and text such as "nan" become what they mean."""
    return math.nan if value is None else float(value)


def _log10(value: Any) -> float:
    number = _number(value)
    return math.log10(max(number, 1e-12)) if math.isfinite(number) else math.nan


def _quantile(column: Mapping[str, Any], q: float) -> float:
    quantiles = column["quantiles"]
    ends = {0.01: "min", 0.25: "min", 0.5: "mean", 0.75: "max", 0.99: "max"}
    return _number(quantiles.get(str(q), column[ends[q]]))


def _extremes(columns: Sequence[Any], key: Callable[[Any], float]) -> tuple[list[Any], str]:
    """All columns where they fit, else the widest and the narrowest in their order; and a note about the rest."""
    if len(columns) <= MOST_ROWS:
        return list(columns), ""
    order = sorted(range(len(columns)), key=lambda i: key(columns[i]))
    chosen = sorted(order[: MOST_ROWS // 2] + order[-MOST_ROWS // 2 :])
    return [columns[i] for i in chosen], _rest(len(columns))


def _rest(total: int) -> str:
    return f" ({MOST_ROWS} of {total} shown)" if total > MOST_ROWS else ""


def _resampled(values: Sequence[float], columns: int) -> list[float]:
    return [values[min(len(values) - 1, i * len(values) // columns)] for i in range(columns)]


def _span(grid: Sequence[Sequence[float]]) -> tuple[float, float]:
    finite = [v for row in grid for v in row if math.isfinite(v)] or [0.0]
    return max(min(finite), max(finite) - 9), max(max(finite), min(finite) + 1)


def _with_health(series: Mapping[str, Any]) -> str:
    dead = _number(series["dead"][-1]) if series["dead"] else math.nan
    return f"{series['name']} ({100 * dead:.0f} % dead)" if math.isfinite(dead) and dead >= 0.05 else str(series["name"])


def _linear_part(values: Sequence[float]) -> float:
    """Where a symmetric log axis turns linear: around the smallest magnitude that matters, so that nothing is squeezed."""
    sizes = sorted(abs(v) for v in values if math.isfinite(v) and v)
    return min(1.0, max(sizes[len(sizes) // 10], sizes[-1] * 1e-3)) if sizes else 1.0


def _thin_ticks(ax: Axes) -> None:
    """A symmetric log axis labels each decade; keep at most nine labels."""
    low, high = ax.get_xlim()
    ticks = [t for t in ax.get_xticks() if low <= t <= high]
    if len(ticks) > 9:
        keep = {ticks[i] for i in range(0, len(ticks), math.ceil(len(ticks) / 8))} | {0.0}
        ax.set_xticks(sorted(t for t in ticks if t in keep))


def _log_if_wide(ax: Axes, values: Sequence[float]) -> None:
    finite = [v for v in values if math.isfinite(v)]
    if finite and min(finite) > 0 and max(finite) > 50 * min(finite):
        ax.set_yscale("log")


def _legend(ax: Axes) -> None:
    ax.legend(fontsize=8, framealpha=0.85, edgecolor="none")


def _first(values: Sequence[float]) -> str:
    return f"{values[0]:.4g}"


def _last(values: Sequence[float]) -> str:
    return f"{values[-1]:.4g}"


def _short(name: str, most: int = 28) -> str:
    """A name that fits beside an axis, without dollar signs (which would start mathematics)."""
    name = name.replace("$", r"\$")
    return name if len(name) <= most else name[: most - 9] + "…" + name[-8:]
