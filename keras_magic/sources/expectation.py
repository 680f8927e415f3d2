"""The range of images that trained first layers were made for, read from what they have learned.

The moving statistics of a BatchNormalization hold the mean and the variance of what the convolution before it gave for the images
that it was trained on. Images have well-known statistics of their own (neighbouring pixels and channels are nearly equal; mean
and standard deviation are a fixed part of the range), so the scale and the place of the pixels follow from the kernel: a filter w
gives a variance s² · wᵀCw and a mean w · μ. The range is one of the usual ones that fits best, or unknown.

Statistics of images: Ruderman 1994, The statistics of natural images (Network 5); mean and standard deviation of ImageNet.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

Range = tuple[float, float]

#: Ranges that images are fed in: as stored, 0..1, -1..1, less the mean of ImageNet (caffe), standardised by it (torch).
USUAL: tuple[Range, ...] = ((0.0, 255.0), (0.0, 1.0), (-1.0, 1.0), (-124.0, 152.0), (-2.2, 2.7))
MEAN, SPREAD = 0.45, 0.27  # of a pixel, as parts of the range
PIXEL, CHANNEL = 0.95, 0.95  # correlation of neighbouring pixels, and of channels
TOLERANCE = math.log(4.0)  # images differ in contrast: a scale that is further off fits none of the ranges


def expected_range(convolution: Any, normalization: Any) -> Range | None:
    """The range that a convolution over images and the BatchNormalization after it were trained on.

    None where it cannot be determined: fresh statistics, no 2-D convolution with its channels last, a range that is not usual.
    """
    import keras

    kernel = getattr(convolution, "kernel", None)
    if kernel is None or len(kernel.shape) != 4 or type(convolution).__name__ != "Conv2D" or kernel.shape[2] not in (1, 3):
        return None
    numpy = keras.ops.convert_to_numpy
    weights = numpy(kernel).astype("float64")
    mean, variance = numpy(normalization.moving_mean).astype("float64"), numpy(normalization.moving_variance).astype("float64")
    if (not mean.any() and np.all(variance == 1.0)) or mean.shape != (weights.shape[-1],):
        return None
    if getattr(convolution, "use_bias", False):
        mean = mean - numpy(convolution.bias)
    filters = weights.reshape(-1, weights.shape[-1])
    expected = np.einsum("if,ij,jf->f", filters, _covariance(weights.shape[:3]), filters)
    live = (expected > 1e-12) & (variance > 1e-12)
    if live.sum() < 4:
        return None
    spread = math.sqrt(float(np.median(variance[live] / expected[live])))
    level = _level(filters[:, live], mean[live])
    return _nearest(spread, level)


def _covariance(shape: tuple[int, ...]) -> np.ndarray:
    """Correlations of the values of a patch (rows, columns, channels), flattened."""
    place = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1).reshape(-1, 3)
    apart = place[:, None] - place[None]
    return np.asarray(PIXEL ** np.hypot(apart[..., 0], apart[..., 1]) * np.where(apart[..., 2] == 0, 1.0, CHANNEL))


def _level(filters: np.ndarray, mean: np.ndarray) -> float:
    """The mean pixel that explains the means of all filters best."""
    sums = filters.sum(0)
    return float((sums * mean).sum() / max((sums * sums).sum(), 1e-12))


def _nearest(spread: float, level: float) -> Range | None:
    best: tuple[float, Range] | None = None
    for low, high in USUAL:
        width = high - low
        scale = abs(math.log(spread / (SPREAD * width)))
        place = abs(level - (low + MEAN * width)) / width
        if scale < TOLERANCE and (best is None or scale + place < best[0]):
            best = scale + place, (low, high)
    return best[1] if best else None
