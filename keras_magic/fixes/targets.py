"""Fixes of the targets: their coding, their scale."""

from __future__ import annotations

from keras_magic.findings import Fix
from keras_magic.fixes._builders import of_targets
from keras_magic.names import YOUR


def scale_targets() -> Fix:
    """Bring a continuous target to mean 0 and standard deviation 1 (per column, training rows only)."""
    return Fix(
        name="scale-targets",
        title="Scale the targets to mean 0 and standard deviation 1",
        code=f"{YOUR.y} = ({YOUR.y} - mean) / std   # of the training rows; back: {YOUR.model}.predict(...) * std + mean",
        **of_targets("scale_target"),
    )


def align_targets() -> Fix:
    """Give the targets the shape of the predictions: (n,) against (n, 1) broadcasts to (n, n) in a loss of one's own."""
    return Fix(
        name="align-targets",
        title="Give the targets the shape of the predictions",
        code=f"{YOUR.y} = {YOUR.y}.reshape(-1, 1)   # and the validation targets",
        **of_targets("align"),
    )


def labels_to_integers() -> Fix:
    """One-hot rows to class indexes, for the sparse losses."""
    return Fix(
        name="labels-to-integers",
        title="Turn the one-hot labels into class indexes",
        code=f'{YOUR.y} = {YOUR.y}.argmax(axis=-1)   # and the validation labels; loss="sparse_categorical_crossentropy"',
        **of_targets("to_integers"),
    )


def labels_to_one_hot(classes: int | None = None) -> Fix:
    """Class indexes to one-hot rows, for the dense losses.

    Args:
        classes: number of classes, counted when None.
    """
    return Fix(
        name="labels-to-one-hot",
        title="Turn the class indexes into one-hot rows",
        code=f"{YOUR.y} = keras.utils.to_categorical({YOUR.y}, {classes or 'num_classes'})   # and the validation labels",
        **of_targets("to_one_hot", classes),
    )


def shift_labels(by: int) -> Fix:
    """Add `by` to every label (labels that start at 1: `by=-1`)."""
    sign, size = ("-", -by) if by < 0 else ("+", by)
    return Fix(
        name="shift-labels",
        title=f"Let the labels start at 0: {'subtract' if by < 0 else 'add'} {size}",
        code=f"{YOUR.y} = {YOUR.y} {sign} {size}   # and the validation labels",
        **of_targets("shift", by),
    )


def map_labels() -> Fix:
    """Strings, or numbers with gaps or fractions, to class indexes 0..K-1."""
    return Fix(
        name="map-labels",
        title="Map the labels to class indexes 0 to K - 1",
        code=f"encoder = LabelEncoder().fit({YOUR.y})   # back to the names: encoder.inverse_transform(...)",
        **of_targets("map_labels"),
    )


def labels_to_binary() -> Fix:
    """Two label values (such as -1 and 1, or two one-hot columns) to 0 and 1."""
    return Fix(
        name="labels-to-binary",
        title="Code the two classes as 0 and 1",
        code=f'{YOUR.y} = ({YOUR.y} == {YOUR.y}.max()).astype("float32")   # two one-hot columns: {YOUR.y}[:, 1]',
        **of_targets("to_binary"),
    )


def swap_labels() -> Fix:
    """Exchange the two labels of two classes, for a loss that means them the other way round."""
    return Fix(
        name="swap-labels",
        title="Exchange the two labels, as the loss means them",
        code=f"{YOUR.y} = {YOUR.y}.min() + {YOUR.y}.max() - {YOUR.y}   # and the validation labels; or change the loss instead",
        **of_targets("swap"),
    )
