"""Rules that read a learning rate off one sweep: pure functions (lrs, losses) -> rate, or None where they have no answer.

`lrs` are rates in increasing order, `losses` the raw batch losses met with them; shape (steps,) each, losses finite.
The rules of other tools use their own smoothing, trimming and constants, so that their answers can be compared.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Rule = Callable[[np.ndarray, np.ndarray], float | None]


def smooth(losses: np.ndarray, beta: float = 0.8) -> np.ndarray:
    """Exponential moving average, corrected for its start at zero. Shape as given."""
    averages, average = [], 0.0
    for n, loss in enumerate(losses, 1):
        average = beta * average + (1 - beta) * float(loss)
        averages.append(average / (1 - beta**n))
    return np.array(averages)


def beta_for(lrs: np.ndarray, beta: float) -> float:
    """`beta` for a sweep of 100 steps over eight decades, made wider or narrower so that it covers as many decades on `lrs`."""
    spacing = float(np.log10(lrs[-1] / lrs[0])) / max(len(lrs) - 1, 1)
    return float(beta ** (spacing / (8 / 99)))


def lowest(lrs: np.ndarray, losses: np.ndarray, beta: float = 0.8) -> int:
    """Where the smoothed loss is lowest, not counting its first points, which average too few losses."""
    first = min(8, len(losses) // 5)
    return first + int(np.argmin(smooth(losses, beta_for(lrs, beta))[first:]))


def noise_of(losses: np.ndarray) -> float:
    """Spread of the batch losses at low learning rates (the first third): robust, from successive differences. In units of
    the loss."""
    steps = np.abs(np.diff(losses[: max(15, len(losses) // 3)]))
    return float(1.05 * np.median(steps)) if len(steps) else 0.0


def start_of(losses: np.ndarray) -> float:
    """The loss before the learning rate does anything: the median over the first fifth, the first round through the batches."""
    return float(np.median(losses[: max(10, len(losses) // 5)]))


def minimum(lrs: np.ndarray, losses: np.ndarray) -> float | None:
    """A tenth of the learning rate of the lowest smooth loss. Source: fastai, `SuggestionMethod.Minimum` (Howard, Gugger 2020)."""
    lrs, losses = _fastai_view(lrs, losses)
    return float(lrs[np.argmin(losses)] / 10) if len(lrs) else None


def steepest(lrs: np.ndarray, losses: np.ndarray) -> float | None:
    """The rate of the steepest descent of the smoothed loss. Source: pytorch-lr-finder (davidtvs), after Smith 2015."""
    average, averages = float(losses[0]), []
    for loss in losses:
        average = 0.05 * float(loss) + 0.95 * average
        averages.append(average)
    view = slice(10, -5) if len(lrs) > 17 else slice(None)
    lrs, curve = lrs[view], np.array(averages)[view]
    return float(lrs[np.argmin(np.gradient(curve))]) if len(lrs) > 1 else None


def valley(lrs: np.ndarray, losses: np.ndarray) -> float | None:
    """Two thirds into the longest descending run. Source: fastai's default, `SuggestionMethod.Valley` (from ESRI's ArcGIS)."""
    lrs, losses = _fastai_view(lrs, losses)
    n = len(losses)
    if n < 3:
        return None
    longest, start, end = np.ones(n, int), 0, 0
    for i in range(1, n):
        lower = longest[:i][losses[:i] > losses[i]]
        longest[i] = 1 + (lower.max() if len(lower) else 0)
        if longest[i] > longest[end]:
            end, start = i, max(0, i - longest[i])
    section = (end - start) / 3
    return float(lrs[start + int(section) + int(section / 2)])


def slide(lrs: np.ndarray, losses: np.ndarray, *, gap: int = 15, threshold: float = 0.005) -> float | None:
    """Slide an interval down from the divergence until the slope is the same at both ends. Source: fastai, `SuggestionMethod.Slide`
    (Hayder Yusuf 2019)."""
    lrs, losses = _fastai_view(lrs, losses)
    if len(losses) < gap + 2:
        return None
    slope = np.gradient(losses)
    right, left = -1, -1 - gap
    rate = lrs[left]
    while left >= -len(losses) and abs(slope[right] - slope[left]) > threshold:
        rate = lrs[left]
        right, left = right - 1, left - 1
    return float(rate)


def edge(lrs: np.ndarray, losses: np.ndarray) -> float | None:
    """A tenth of the edge of divergence: where the loss, past its minimum, has risen back by a third of its descent and the noise.
    Source: Smith 2015 and Bengio 2012 ("a factor below the rate that diverges"), measured on the descent instead of the loss."""
    curve = smooth(losses)
    low = lowest(lrs, losses)
    rise = curve[low] + max((start_of(losses) - float(curve[low])) / 3, 2 * noise_of(losses))
    past = np.nonzero(curve[low:] > rise)[0]
    return float(lrs[low + past[0] if len(past) else -1] / 10)


def falls(lrs: np.ndarray, losses: np.ndarray) -> bool:
    """Whether the smoothed loss falls beyond the noise at all, where its lowest point is not chance: 3 in 100 curves of nothing
    but noise fall as far."""
    curve = smooth(losses, beta_for(lrs, 0.8))
    return bool(start_of(losses) - curve[lowest(lrs, losses)] >= 1.5 * noise_of(losses))


def paired(losses: np.ndarray, cycle: int) -> np.ndarray:
    """The losses without what is due to the batches, for a sweep that goes again and again through the same `cycle` of them."""
    return losses - np.resize(losses[:cycle] - losses[:cycle].mean(), len(losses)) if cycle else losses


def falls_in_pairs(lrs: np.ndarray, losses: np.ndarray, cycle: int) -> bool:
    """Whether the loss falls, in a sweep that goes again and again through the same `cycle` batches: each is compared with its own
    first loss, so that a lucky batch is no descent and one noise width is enough; but under 2 % it is a plateau, where noise is
    small, too (a network that predicts the same for every row)."""
    curve = paired(losses, cycle)
    start = start_of(curve)
    descent = start - smooth(curve, beta_for(lrs, 0.8))[lowest(lrs, curve)]
    return bool(descent >= max(noise_of(losses), 0.02 * abs(start)))


def halfway(lrs: np.ndarray, losses: np.ndarray) -> float | None:
    """The rate at which half of the descent is done: the last one before the lowest point where the smoothed loss was still
    above it. None where the loss hardly falls. Source: Smith 2015 (between where the loss starts to fall and where it ends)."""
    low = lowest(lrs, losses)
    curve = smooth(losses, beta_for(lrs, 0.8))
    start = start_of(losses)
    above = np.nonzero(curve[: low + 1] > (start + curve[low]) / 2)[0]
    if start - curve[low] < 2 * noise_of(losses) or not len(above):
        return None
    return float(lrs[above[-1]])


def runs_away(lrs: np.ndarray, losses: np.ndarray) -> float | None:
    """The first rate from which on the smoothed loss stays above its start by two noise widths; None where it never does.
    Source: Smith 2015 (the upper end of the range test)."""
    curve = smooth(losses)
    calm = np.nonzero(curve <= start_of(losses) + 2 * noise_of(losses))[0]
    first = calm[-1] + 1 if len(calm) else len(lrs) - 1
    return float(lrs[first]) if first < len(lrs) else None


def single(lrs: np.ndarray, losses: np.ndarray) -> float:
    """Our answer from one sweep: the geometric mean of three anchors that err to different sides (a fifth of the rate with the
    lowest loss, a tenth of the `edge`, `halfway` down). Where the loss never falls, a tenth of the learning rate that breaks; where
    nothing breaks either, the highest one, for all were too low to show anything.
    Source: measured here; see the benchmark of the learning-rate finder."""
    if not falls(lrs, losses):
        breaks = runs_away(lrs, losses)
        return float(lrs[-1]) if breaks is None else breaks / 10
    anchors = [float(lrs[lowest(lrs, losses)]) / 5, edge(lrs, losses), halfway(lrs, losses)]
    return float(np.exp(np.mean([np.log(rate) for rate in anchors if rate is not None])))


def edge_of_range(lrs: np.ndarray, losses: np.ndarray, low: float, high: float) -> str | None:
    """The end of the range beyond which the best rate may lie: "max" where the sweep reached `high` and nothing broke, the loss
    was still falling or had not moved at all; "min" where `single` lies below `low`; else None."""
    if single(lrs, losses) < 0.99 * low:
        return "min"
    if lrs[-1] < 0.99 * high or runs_away(lrs, losses) is not None:
        return None
    best, curve = lowest(lrs, losses), smooth(losses, beta_for(lrs, 0.8))
    still_falling = lrs[best] > high / 2 and curve[lrs <= max(high / 10, lrs[0])][-1] - curve[best] > noise_of(losses)
    return "max" if still_falling or not falls(lrs, losses) else None


def two_digits(rate: float) -> float:
    """The learning rate as it is reported: no finder knows the third digit."""
    return float(f"{rate:.2g}")


def _fastai_view(lrs: np.ndarray, losses: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What fastai's rules see: smoothed with 0.98, without the first tenth and the last five points."""
    view = slice(len(lrs) // 10, -5)
    return lrs[view], smooth(losses, 0.98)[view]
