"""`LRFindResult`: what a range test and its short trainings found, as numbers, sentences, a plot and a line to paste."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from keras_magic.errors import UsageError
from keras_magic.facts import to_plain
from keras_magic.lr.optimizer import code_for, set_rate
from keras_magic.lr.suggest import start_of

_VARIATION_COLORS = ("#7b4ea3", "#b5539c", "#4f7f3a", "#8c6d31", "#46788c", "#5b5b5b")


@dataclass(frozen=True, kw_only=True, repr=False)
class LRFindResult:
    """A learning rate, how sure it is, and what it rests on.

    Args:
        lrs, losses: the sweep: rate and true batch loss (before the update) of each step; shape (steps,).
        smoothed: the losses, smoothed without bias; penalties: the part of them that regularisation adds.
        suggestion: the learning rate to take; suggestions: rule -> rate, of this and of other tools' rules on the same sweep.
        band: lowest and highest rate that are as good within the noise.
        confident: the band was measured and closed on both sides, and the network learns from its inputs.
        learns: False when no rate helps (see `message`); None when that was not tested (fast).
        lowers_loss: whether a short training lowered the loss at all, if only as far as a guess that ignores the inputs; None
            when that was not tested.
        message: one or two sentences: the suggestion, how sure it is, and what stands out.
        current_lr: the compiled rate (a schedule's peak), None where it cannot be read; verdict: what to think of it.
        trials: rate -> losses of the short training at that rate; start_loss: mean loss of the untrained network on the
            batches that count; trial_losses: rate -> mean of the last losses (inf when it diverged).
        diverged: the sweep ended because the loss ran away; interrupted: by the user.
        steps_used, seconds: training steps run, wall time of it all.
        notes: what was repeated, left out or not possible.
        variations: (setting, value, result) for each value of `batch_sizes`, `momentums`, `weight_decays` or `vary`.
        model: the user's model, for `apply`; names: the user's variable names, for `code`.
        x: what to hand to `fit` (differs from the user's x only for generators, from which batches were read).
    """

    lrs: np.ndarray
    losses: np.ndarray
    smoothed: np.ndarray
    penalties: np.ndarray
    suggestion: float
    suggestions: Mapping[str, float]
    band: tuple[float, float]
    confident: bool
    learns: bool | None
    message: str
    lowers_loss: bool | None = None
    current_lr: float | None = None
    verdict: str = ""
    trials: Mapping[float, tuple[float, ...]] = field(default_factory=dict)
    trial_losses: Mapping[float, float] = field(default_factory=dict)
    start_loss: float | None = None
    diverged: bool = False
    interrupted: bool = False
    steps_used: int = 0
    seconds: float = 0.0
    batch_size: int | None = None
    notes: tuple[str, ...] = ()
    variations: tuple[tuple[str, Any, LRFindResult], ...] = ()
    model: Any = field(default=None, compare=False)
    names: Mapping[str, str] = field(default_factory=dict)
    x: Any = field(default=None, compare=False)
    picked: dict[str, float] = field(default_factory=dict, compare=False)

    @property
    def helps(self) -> bool:
        """Whether there is a rate to take: False where no rate helps."""
        return self.learns is not False

    @property
    def chosen(self) -> float:
        """The learning rate that was picked by hand in the plot, by default the suggestion."""
        return self.picked.get("rate", self.suggestion)

    def pick(self, rate: float) -> None:
        """Remember a rate picked by hand; `apply` takes it from then on."""
        self.picked["rate"] = float(rate)

    @property
    def applied(self) -> float | None:
        """The learning rate that `apply` set on the model, None before."""
        return self.picked.get("applied")

    @property
    def headline(self) -> str:
        """One to three sentences: the learning rate, how sure it is, what to think of the user's own, what was set."""
        done = "" if self.applied is None else f"Applied: the model's learning rate is {self.applied:.3g} now."
        return " ".join(filter(None, (self.message, self.verdict, done)))

    @property
    def code(self) -> str:
        """The line (with a schedule: lines) to paste for this rate; empty where no rate helps."""
        return self.code_for(self.suggestion) if self.helps else ""

    def code_for(self, rate: float) -> str:
        """The line to paste for a rate of one's own choice."""
        return code_for(self.model, rate, self.names.get("model", "model"))

    def apply(self, rate: float | None = None) -> float:
        """Set the learning rate picked by hand, else the suggestion, or `rate`, and return it; a schedule peaks there.

        Raises:
            UsageError: the learning rate is not a positive number, or none was given and no rate helps.
            UnsupportedError: the optimizer computes its rate itself.
        """
        if rate is None and not self.helps and "rate" not in self.picked:
            raise UsageError("no learning rate helps, so there is none to apply; give one: result.apply(0.001)")
        chosen = self.chosen if rate is None else rate
        if isinstance(chosen, bool) or not (isinstance(chosen, (int, float)) and 0 < chosen <= float(np.finfo("float32").max)):
            raise UsageError(f"rate must be a positive number; got {chosen!r}")
        set_rate(self.model, float(chosen))
        self.picked["applied"] = float(chosen)
        return float(chosen)

    def loss_at(self, rate: float) -> float | None:
        """Mean of the last losses of the short training at `rate`, None where none was run."""
        return next((loss for r, loss in self.trial_losses.items() if np.isclose(r, rate, rtol=0.01)), None)

    def plot(self, ax: Any = None, *, rules: bool = True) -> Any:
        """Draw loss against rate (log axis): the sweep, where the short trainings ended, the band, the suggestion, the rules'
        markers, the user's own rate, and the sweeps of the variations.

        Args:
            ax: matplotlib `Axes` to draw into; None makes a figure of its own (pyplot's state is not touched).
            rules: mark what the other rules suggest, too.

        Returns:
            The `Axes`; `ax.figure` is the figure.
        """
        if ax is None:
            from matplotlib.backends.backend_agg import FigureCanvasAgg
            from matplotlib.figure import Figure

            figure = Figure(figsize=(7, 4), layout="constrained")
            FigureCanvasAgg(figure)
            ax = figure.add_subplot()
        ax.plot(self.lrs, self.losses, color="#9aa5b1", linewidth=0.8, alpha=0.7, label="batch loss in the sweep")
        ax.plot(self.lrs, self.smoothed, color="#1f4e79", linewidth=1.8, label="smoothed")
        for (setting, value, other), color in zip(self.variations, _VARIATION_COLORS, strict=False):
            label = f"{setting} {value}: {other.suggestion:.2g}"
            ax.plot(other.lrs, other.smoothed, color=color, linewidth=1.2, label=label)
            ax.axvline(other.suggestion, color=color, linewidth=1.2, linestyle=":")
        ended = [(rate, loss) for rate, loss in sorted(self.trial_losses.items()) if np.isfinite(loss)]
        if ended:
            ax.plot(*zip(*ended, strict=True), "o-", color="#e07a00", linewidth=1, markersize=5, label="end of a short training")
        if self.helps:
            words = "a factor of 3 around it" if self.learns is None else "as good within the noise"
            ax.axvspan(*self.band, color="#2a9d8f", alpha=0.15, label=words)
            ax.axvline(self.suggestion, color="#2a9d8f", linewidth=2, label=f"suggestion {self.suggestion:.2g}")
        if self.current_lr:
            ax.axvline(self.current_lr, color="#d1495b", linestyle="--", linewidth=1.2, label=f"yours {self.current_lr:.3g}")
        others = {
            rule: rate for rule, rate in self.suggestions.items() if rules and rule != "keras_magic"
        }  # that is the suggestion
        for marker, (rule, rate) in zip("v^sDP", others.items(), strict=False):
            height = np.interp(np.log(rate), np.log(self.lrs), self.smoothed)
            ax.plot(rate, height, marker, color="#444444", markersize=5, markerfacecolor="none", label=rule)
        low = min([float(self.smoothed.min()), *(loss for _, loss in ended)])
        start = start_of(self.losses)
        room = max(start - low, float(np.ptp(self.losses[:8])), 1e-9)
        ax.set_ylim(low - 0.15 * room, start + 0.5 * room)
        ax.ticklabel_format(axis="y", scilimits=(-3, 4))
        ax.set(xscale="log", xlabel="learning rate", ylabel="loss", title="Learning-rate range test")
        ax.legend(fontsize="x-small", loc="lower left", framealpha=0.9)
        return ax

    def to_dict(self) -> dict[str, Any]:
        """Everything but the model and the data as JSON-able values."""
        skipped = ("model", "x", "variations", "picked")
        plain = {name: to_plain(value) for name, value in self.__dict__.items() if name not in skipped}
        plain["code"] = self.code
        plain["variations"] = [{"setting": s, "value": to_plain(v), "result": r.to_dict()} for s, v, r in self.variations]
        return plain

    def __str__(self) -> str:
        rules = ", ".join(f"{rule} {rate:.2g}" for rule, rate in self.suggestions.items())
        cost = f"{self.steps_used} training steps in {self.seconds:.1f} s; the weights are as they were."
        lines = [self.headline, *self.notes, *self.comparisons, f"Rules on this sweep: {rules}.", cost]
        if self.helps and self.applied is None:
            lines += ["To set it:", *(f"    {line}" for line in self.code.splitlines())]
        return "\n".join(lines)

    @property
    def comparisons(self) -> tuple[str, ...]:
        """A sentence for each variation: the learning rate that suits it, and where its best short training ended."""
        return tuple(f"With {setting} = {value}: {_brief(result)}." for setting, value, result in self.variations)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        from keras_magic.views.lr import to_html

        return to_html(self)


def _brief(result: LRFindResult) -> str:
    if not result.helps:
        return "no learning rate helps"
    low, high = result.band
    ends = min(result.trial_losses.values(), default=np.inf)
    reached = f", its short training ends at a loss of {ends:.3g}" if np.isfinite(ends) else ""
    return f"take {result.suggestion:.2g} (band {low:.2g} to {high:.2g}){reached}"
