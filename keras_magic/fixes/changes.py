"""Fixes of data that take several recipes, or arguments of `fit`: each changes a `Draft`; see the builders of the same name."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np  # noqa: TID253 - this module is imported only when a fix is applied or written

from keras_magic.errors import UnsupportedError
from keras_magic.fixes import edits, models, plans, rows
from keras_magic.fixes.draft import Draft
from keras_magic.fixes.paste import changed_holder, literals, source_of, training_rows
from keras_magic.fixes.place import Change, change_data, is_arrays, is_dataset
from keras_magic.fixes.recipes import batches as streams
from keras_magic.fixes.recipes import values as recipes
from keras_magic.fixes.recipes.losses import weigh_positives
from keras_magic.names import Names
from keras_magic.run import Run
from keras_magic.sources.batches import sample_rows, sample_validation
from keras_magic.sources.trees import leaves, to_numpy

ROWS = 200_000  # training rows that statistics are taken from
MOST_CLASSES = 1000

# ---------------------------------------------------------------- inputs and rows


def inputs(draft: Draft, plan: str, settings: Sequence[Any], only: str | None, ids: bool) -> None:
    """What one function of `fixes.plans` does to the inputs."""
    draft.inputs(getattr(plans, plan)(*settings), only, ids)


def targets(draft: Draft, plan: str, *settings: Any) -> None:
    """What one function of `fixes.plans` does to the targets."""
    draft.targets(getattr(plans, plan)(*settings))


def scale(draft: Draft, method: str, only: str | None) -> None:
    """See `fixes.scale_inputs`; streams are scaled inside the model."""
    if method == "layer" or not is_arrays(draft.run.x):
        draft.step(lambda run: edits.add_normalization(run, sample_rows(run, 20_000).x, only))
    else:
        draft.inputs(plans.scale(method), only)


def restore_ids(draft: Draft, names: Sequence[str] | None) -> None:
    for name in names or (None,):
        draft.inputs(plans.restore_ids(), name, ids=True)


def drop_nonfinite(draft: Draft) -> None:
    run = draft.run
    try:
        draft.inputs(plans.fill_gaps(), ids=True)
    except UnsupportedError:
        if is_arrays(run.x) and _is_finite(run.y):
            raise
    if not _is_finite(sample_rows(run, ROWS).y):
        rows.drop_without_target(draft)


def _is_finite(y: Any) -> bool:
    values = (np.asarray(v, "float64").sum() for v in map(to_numpy, leaves(y)) if v.dtype.kind == "f")
    return all(map(np.isfinite, values))


def clip_outliers(draft: Draft) -> None:
    for change in (draft.inputs, draft.targets):
        try:
            change(plans.clip())
        except UnsupportedError:  # nothing continuous on this side
            continue


def drop_outliers(draft: Draft) -> None:
    """See `fixes.drop_outliers`: rows are dropped, then what was scaled with its outliers is scaled again."""
    draft.rows(rows.without_outliers(draft.run))
    if any(plans.is_off_scale(to_numpy(leaf)) for leaf in leaves(draft.run.y)):
        draft.targets(plans.scale_target())
    if any(plans.is_off_scale(to_numpy(leaf)) for leaf in leaves(draft.run.x)):
        scale(draft, "standard", None)


# ---------------------------------------------------------------- validation


def rescale_validation(draft: Draft) -> None:
    """See `fixes.rescale_validation`: the validation columns get the mean and the standard deviation of the training columns."""
    draft.step(lambda run: change_data(run, *_matches(run), training=False), _rescaled)


def _matches(run: Run) -> tuple[list[Change | None], list[Change | None]]:
    """What brings each input and each target of the validation rows to the scale of the training rows; None for labels."""
    held = sample_validation(run, ROWS) if run.fit_arguments.get("validation_data") is not None else None
    if held is None:
        raise UnsupportedError("there is no validation_data to rescale")
    ours = sample_rows(run, ROWS)
    of_x: list[Change | None] = [_match(a, b) for a, b in zip(leaves(held.x), leaves(ours.x), strict=True)]
    of_y = [_match(a, b) if plans.are_apart(a, b) else None for a, b in zip(leaves(held.y), leaves(ours.y), strict=True)]
    return of_x, of_y


def _match(held: np.ndarray, ours: np.ndarray) -> Change:
    return recipes.fit_match(held, ours, axes=plans.statistics_axes(ours.astype("float64")))  # type: ignore[no-any-return]


def _rescaled(run: Run) -> str:
    n, data = Names(run.names), run.fit_arguments.get("validation_data")
    matches, ours, held = _matches(run), sample_rows(run, 20_000), sample_validation(run, 2)
    assert held is not None
    assert data is not None
    lines: list[str] = []
    recipes_used: set[Any] = {recipes.fit_match}
    for part, found in zip("xy", matches, strict=True):
        if not any(found):
            continue
        if len(found) > 1 or is_arrays(data) != is_arrays(run.x) or not (is_arrays(data) or is_dataset(data)):
            raise UnsupportedError(f"prepare {n.val_data} as {n.x}")
        axes = plans.statistics_axes(leaves(getattr(ours, part))[0].astype("float64"))
        train, theirs = getattr(n, part), getattr(n, f"{part}_val")
        if is_dataset(data):
            recipes_used.add(streams.map_dataset)
            batch = "x, *rest" if part == "x" else "x, y, *rest"
            train, theirs = (f"np.concatenate([{part} for {batch} in {s}.as_numpy_iterator()])" for s in (n.x, n.val_data))
        lines.append(f"match_{part} = fit_match({theirs}, {train}{literals({'axes': axes})})")
        holder = n.val_data if is_dataset(data) else theirs
        lines += changed_holder(
            holder, data if is_dataset(data) else data[0], part, getattr(held, part), [f"match_{part}({{}})"], [True]
        )
    note = f"# better: prepare {n.x_val} with the very object that was fitted for {n.x}"
    return "\n".join(["import numpy as np\nimport pandas as pd", source_of(*recipes_used), *lines, note])


# ---------------------------------------------------------------- arguments of fit and compile


def set_batch_size(draft: Draft, size: int) -> None:
    """See `fixes.set_batch_size`; for arrays it is an argument of `fit`."""
    run, x = draft.run, Names(draft.run.names).x
    if is_arrays(run.x):
        draft.fit(batch_size=size)
    elif is_dataset(run.x):
        draft.step(
            lambda run: run.replace(x=run.x.unbatch().batch(size).prefetch(2)),
            f"{x} = {x}.unbatch().batch({size}).prefetch(2)",
        )
        if steps := run.fit_arguments.get("steps_per_epoch"):
            draft.fit(steps_per_epoch=max(1, round(steps * (rows.batch_of(run.x) or size) / size)))
    elif hasattr(run.x, "batch_size"):
        dataset = copy.copy(run.x)
        dataset.batch_size = size
        draft.step(lambda run: run.replace(x=dataset), f"{x}.batch_size = {size}")
    else:
        raise UnsupportedError(f"let {x} make batches of {size} rows")


def balance_classes(draft: Draft, weights: Mapping[int, float] | None) -> None:
    """See `fixes.balance_classes`; without weights of rows, the weights of classes are an argument of `fit`."""
    run, n = draft.run, Names(draft.run.names)
    weights = dict(weights or class_weights(run))
    if is_arrays(run.x) and to_numpy(leaves(run.y)[0]).dtype == bool:  # Keras looks class weights up by numbers
        draft.targets(plans.true_and_false())
    given = run.fit_arguments.get("sample_weight")
    if given is None:
        draft.fit(class_weight=weights)
        return
    weighed = recipes.row_weights(to_numpy(given), to_numpy(leaves(run.y)[0]), weights)
    shown = "{" + ", ".join(f"{k}: {v:.6g}" for k, v in weights.items()) + "}"
    draft.step(
        lambda run: run.with_fit(sample_weight=weighed, class_weight=None),
        f"{source_of(recipes.row_weights)}\n{n.sample_weight} = row_weights({n.sample_weight}, {n.y}, {shown})",
    )


def class_weights(run: Run) -> dict[int, float]:
    """Class index -> the inverse of its share among the training rows, 1 on average."""
    targets = leaves(sample_rows(run, ROWS).y)
    if len(targets) != 1:
        raise UnsupportedError("class_weight works for models with one output; give sample_weight per output instead")
    labels = targets[0]
    if labels.dtype.kind not in "fiub":
        raise UnsupportedError("the labels are no class indexes yet; map them first")
    wide = labels.ndim > 1 and labels.shape[-1] > 1
    indexes = labels.argmax(-1) if wide else labels.reshape(len(labels), -1)[:, 0].astype(int)
    values, counts = np.unique(indexes, return_counts=True)
    if not 2 <= len(values) <= MOST_CLASSES:
        raise UnsupportedError(f"there are {len(values)} classes in the targets: nothing to balance")
    return {int(v): float(len(indexes) / (len(values) * c)) for v, c in zip(values, counts, strict=True)}


def balance_elements(draft: Draft) -> None:
    """See `fixes.balance_classes`, of targets that hold a class per pixel or per step."""
    run, n = draft.run, Names(draft.run.names)
    if not is_arrays(run.x) or run.fit_arguments.get("sample_weight") is not None or len(leaves(run.y)) != 1:
        raise UnsupportedError("weigh the elements in your pipeline: let it give (x, y, sample_weight), with a weight per element")
    labels = to_numpy(leaves(run.y)[0])
    if not 2 <= len(np.unique(labels)) <= MOST_CLASSES:
        raise UnsupportedError(f"there are {len(np.unique(labels))} classes in the targets: nothing to balance")
    draft.step(
        lambda run: run.with_fit(sample_weight=recipes.element_weights(labels)),
        f"{source_of(recipes.element_weights)}\n{n.sample_weight} = element_weights({n.y})",
    )


def weigh_labels(draft: Draft) -> None:
    """See `fixes.weigh_labels`; the loss has a name of its own, as `compile` then gives it."""
    labels = sample_rows(draft.run, 20_000).y
    if getattr(labels, "ndim", 0) != 2:
        raise UnsupportedError("the labels of each output need weights of their own; see .code")
    loss = weigh_positives(labels)
    draft.step(
        lambda run: models.edited(run, None, lambda settings: {**settings, "loss": loss}).with_fit(class_weight=None),
        lambda run: f"{source_of(weigh_positives)}\nweighted_binary_crossentropy = weigh_positives({training_rows(run, 'y', '')})",
    )
