"""Fixes of the targets: their coding, their scale."""

from __future__ import annotations

from collections.abc import Mapping

from keras_magic.findings import Fix
from keras_magic.fixes._builders import of_targets
from keras_magic.fixes._words import Names


def scale_targets(*, names: Mapping[str, str] | None = None) -> Fix:
    """Bring a continuous target to mean 0 and standard deviation 1 (per column, training rows only)."""
    n = Names(names)
    return Fix(
        name="scale-targets",
        title="Scale the targets to mean 0 and standard deviation 1",
        code=f"{n.y} = ({n.y} - mean) / std   # of the training rows; back: {n.model}.predict(...) * std + mean",
        **of_targets("scale_target"),
    )


def align_targets(*, names: Mapping[str, str] | None = None) -> Fix:
    """Give the targets the shape of the predictions: (n,) against (n, 1) broadcasts to (n, n) in a loss of one's own."""
    n = Names(names)
    return Fix(
        name="align-targets",
        title="Give the targets the shape of the predictions",
        code=f"{n.y} = {n.y}.reshape(-1, 1)   # and the validation targets",
        **of_targets("align"),
    )


def labels_to_integers(*, names: Mapping[str, str] | None = None) -> Fix:
    """One-hot rows to class indexes, for the sparse losses."""
    n = Names(names)
    return Fix(
        name="labels-to-integers",
        title="Turn the one-hot labels into class indexes",
        code=f'{n.y} = {n.y}.argmax(axis=-1)   # and the validation labels; loss="sparse_categorical_crossentropy"',
        **of_targets("to_integers"),
    )


def labels_to_one_hot(classes: int | None = None, *, names: Mapping[str, str] | None = None) -> Fix:
    """Class indexes to one-hot rows, for the dense losses.

    Args:
        classes: number of classes, counted when None.
    """
    n = Names(names)
    return Fix(
        name="labels-to-one-hot",
        title="Turn the class indexes into one-hot rows",
        code=f"{n.y} = keras.utils.to_categorical({n.y}, {classes or 'num_classes'})   # and the validation labels",
        **of_targets("to_one_hot", classes),
    )


def shift_labels(by: int, *, names: Mapping[str, str] | None = None) -> Fix:
    """Add `by` to every label (labels that start at 1: `by=-1`)."""
    n = Names(names)
    sign, size = ("-", -by) if by < 0 else ("+", by)
    return Fix(
        name="shift-labels",
        title=f"Let the labels start at 0: {'subtract' if by < 0 else 'add'} {size}",
        code=f"{n.y} = {n.y} {sign} {size}   # and the validation labels",
        **of_targets("shift", by),
    )


def map_labels(*, names: Mapping[str, str] | None = None) -> Fix:
    """Strings, or numbers with gaps or fractions, to class indexes 0..K-1."""
    n = Names(names)
    return Fix(
        name="map-labels",
        title="Map the labels to class indexes 0 to K - 1",
        code=f"encoder = LabelEncoder().fit({n.y})   # back to the names: encoder.inverse_transform(...)",
        **of_targets("map_labels"),
    )


def labels_to_binary(*, names: Mapping[str, str] | None = None) -> Fix:
    """Two label values (such as -1 and 1, or two one-hot columns) to 0 and 1."""
    n = Names(names)
    return Fix(
        name="labels-to-binary",
        title="Code the two classes as 0 and 1",
        code=f'{n.y} = ({n.y} == {n.y}.max()).astype("float32")   # two one-hot columns: {n.y}[:, 1]',
        **of_targets("to_binary"),
    )


def swap_labels(*, names: Mapping[str, str] | None = None) -> Fix:
    """Exchange the two labels of two classes, for a loss that means them the other way round."""
    n = Names(names)
    return Fix(
        name="swap-labels",
        title="Exchange the two labels, as the loss means them",
        code=f"{n.y} = {n.y}.min() + {n.y}.max() - {n.y}   # and the validation labels; or change the loss instead",
        **of_targets("swap"),
    )
