"""Gradient noise scale: how many rows a batch needs before its gradient is more signal than noise.

B_noise = tr(covariance of one row's gradient) / |gradient|² (McCandlish et al. 2018, "An Empirical Model of Large-Batch
Training", eq. 2.8). Both are estimated on evenly spaced coordinates of the kernels' gradients, over windows of a few steps in
which the weights hardly move: the spread between the batches of a window gives the numerator, their mean the denominator.
"""

from __future__ import annotations

from math import prod
from typing import Any

import keras
import numpy as np

from keras_magic.errors import EvidenceError
from keras_magic.watch import backends
from keras_magic.watch.step_recorder import StepRecord

COORDINATES = 128  # per kernel
WINDOW = 16  # steps


def sketch(seen: StepRecord) -> tuple[Any, tuple[float, ...]]:
    """Sampled coordinates of the gradients in one tensor, and for each how many coordinates it stands for; (None, ()) without."""
    pieces, weights = [], []
    for applied in seen.applied[:1]:
        for variable, gradient in zip(applied.variables, applied.gradients, strict=True):
            if gradient is None or len(variable.shape) < 2 or backends.dense(gradient) is not gradient:
                continue
            try:
                values = backends.detached(seen.read(gradient))
            except EvidenceError:
                continue
            size = prod(int(axis) for axis in variable.shape)
            stride = -(-size // COORDINATES)
            flat = keras.ops.reshape(values, (size,))  # the gradient of a slice has no shape while it is traced
            piece = keras.ops.cast(backends.every(flat, stride), "float32")
            pieces.append(piece if applied.scale is None else piece / applied.scale)
            weights += [size / -(-size // stride)] * -(-size // stride)
    return (keras.ops.concatenate(pieces), tuple(weights)) if pieces else (None, ())


class NoiseScale:
    """Takes the sketch of each step; bounded memory."""

    def __init__(self) -> None:
        self._steps = self._last = 0
        self._sum: Any = 0.0
        self._squares: Any = 0.0
        self._noise = self._signal = 0.0
        self.windows = 0

    def add(self, step: int, values: np.ndarray, weights: np.ndarray) -> None:
        """Take in one step's sketch; a window with a NaN or infinity in it does not count, others do for the steps they span."""
        values = values.astype(np.float64)
        self._sum = self._sum + values
        self._squares = self._squares + values * values
        self._steps += 1
        if self._steps < WINDOW:
            return
        mean = self._sum / WINDOW
        variance = np.maximum(self._squares - WINDOW * mean * mean, 0) / (WINDOW - 1)
        noise = float(weights @ variance)
        signal = float(weights @ (mean * mean)) - noise / WINDOW  # the mean's own noise counted off
        if np.isfinite(noise) and np.isfinite(signal):
            self._noise += noise * (step - self._last)
            self._signal += signal * (step - self._last)
            self.windows += 1
        self._last = step
        self._steps, self._sum, self._squares = 0, 0.0, 0.0

    def rows(self, batch_size: int) -> float | None:
        """The noise scale in rows; None while nothing was measured or the noise dominates the gradient."""
        if not self.windows or self._signal <= 0 or not batch_size:
            return None
        return batch_size * self._noise / self._signal

    def why_not(self) -> str:
        """Why there is no number."""
        if not self.windows:
            return f"fewer than {WINDOW} steps with dense gradients were measured"
        return f"the noise dominates the gradient over {self.windows * WINDOW} steps"
