"""`Run`: one captured training. The noun that everything takes: fixes map a run to a run, trials train copies of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Run:
    """A model, its data and the arguments of `fit`.

    Args:
        model: a compiled `keras.Model` (the user's own in a captured run; never trained or changed by keras_magic).
        x, y: as given to `fit`; y is None where x carries the targets (tf.data, PyDataset, generators).
        fit_arguments: every other argument of `fit` (epochs, batch_size, validation_data, validation_split, shuffle,
            sample_weight, class_weight, callbacks, ...).
        names: the user's variable names for code to paste: {"model": "net", "x": "X_train", "y": "y_train"}.
        selectors: (name, object) of the user's variables that hold a fitted selector of features of scikit-learn.
        initial_weights: the values of `model.weights` before training, in order; None when the model was not built then
            (it then starts from freshly initialised weights).
        final_weights: the same after training, where the model may have been changed since; None: those that it has.
        initial_rate: the optimizer's learning rate before training (callbacks change it); None when unknown or a schedule.
        fresh: this run is a repaired copy: its model carries initial weights and `fit` may be called on it directly.
    """

    model: Any
    x: Any = None
    y: Any = None
    fit_arguments: Mapping[str, Any] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    selectors: tuple[tuple[str, Any], ...] = ()
    initial_weights: tuple[Any, ...] | None = None
    final_weights: tuple[Any, ...] | None = None
    initial_rate: float | None = None
    fresh: bool = False

    @property
    def callbacks(self) -> list[Any]:
        """The user's callbacks as a list, however they were given."""
        given = self.fit_arguments.get("callbacks") or ()
        given = getattr(given, "callbacks", given)  # a keras.callbacks.CallbackList
        return list(given) if isinstance(given, (list, tuple)) else [given]

    def replace(self, **changes: Any) -> Run:
        """A copy with some fields changed."""
        return dataclasses.replace(self, **changes)

    def with_fit(self, **arguments: Any) -> Run:
        """A copy with some arguments of `fit` changed."""
        return self.replace(fit_arguments={**self.fit_arguments, **arguments})

    def fit(self, **overrides: Any) -> Any:
        """Train this run's model as `model.fit` would and return the `History`."""
        return self.model.fit(self.x, self.y, **{**self.fit_arguments, **overrides})
