"""Where a recipe applies: the leaves of x or y, in arrays, tf.data, `PyDataset` and generators, with the validation data.

Nothing is written to: arrays are copied where they change, streams are wrapped. Statistics come from training rows alone.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np  # noqa: TID253 - this module is imported only when a fix is applied

from keras_magic.errors import UnsupportedError
from keras_magic.fixes import edits, graph, models
from keras_magic.fixes.plans import Plan, Step
from keras_magic.fixes.recipes.batches import Changed, map_dataset
from keras_magic.run import Run
from keras_magic.sources.batches import sample_rows
from keras_magic.sources.trees import is_node, leaves, map_tree, named_leaves, to_numpy

ROWS = 200_000  # training rows that statistics are taken from

Change = Callable[[Any], Any]


def is_arrays(x: Any) -> bool:
    return is_node(x) or hasattr(x, "iloc") or hasattr(x, "__array__") or isinstance(x, (list, tuple))


def is_dataset(x: Any) -> bool:
    """A `tf.data.Dataset`."""
    return hasattr(x, "element_spec")


def is_pydataset(x: Any) -> bool:
    """A `PyDataset` of a known number of batches."""
    return hasattr(x, "__getitem__") and getattr(x, "num_batches", None) is not None


def plan_inputs(run: Run, plan: Plan, only: str | None = None, ids: bool = False, rows: int = ROWS) -> list[Step | None]:
    """A step for each input, None for one that stays as it is.

    Args:
        only: name of the one input to change; ids: whether inputs that feed embeddings or lookups are changed as well.

    Raises:
        UnsupportedError: no input changes.
    """
    sample = list(named_leaves(sample_rows(run, rows).x, "x"))
    originals = leaves(run.x) if is_arrays(run.x) else [None] * len(sample)
    skip, aliases = set() if ids else graph.id_inputs(run.model), graph.input_names(run.model)
    indexes = graph.input_indexes(run.model, [name for name, _ in sample])
    steps = []
    for index, (name, values), original in zip(indexes, sample, originals, strict=True):
        known = {name, name.split("/")[-1], *aliases[index : index + 1]}
        wanted = index not in skip and (only is None or len(sample) == 1 or only in known)
        steps.append(plan(values, original) if wanted else None)
    if not any(steps):
        raise UnsupportedError("this fix found no input with numbers to change; apply it by hand, see .code")
    return steps


def plan_targets(run: Run, plan: Plan, rows: int = ROWS) -> list[Step | None]:
    """The same for each target."""
    steps = [plan(values, None) for values in leaves(sample_rows(run, rows).y)]
    if not any(steps):
        raise UnsupportedError("this fix found no target that it fits; apply it by hand, see .code")
    return steps


def change_inputs(run: Run, plan: Plan, only: str | None = None, ids: bool = False) -> Run:
    """The run with changed inputs; the model's inputs and what it can no longer use follow."""
    sample = list(named_leaves(sample_rows(run, ROWS).x, "x"))
    steps = plan_inputs(run, plan, only, ids)
    changes = [step.change(values) if step else None for step, (_, values) in zip(steps, sample, strict=True)]
    result = change_data(run, changes, [])
    shapes, raw = {}, []
    indexes = graph.input_indexes(run.model, [name for name, _ in sample])
    for index, (_, values), step, change in zip(indexes, sample, steps, changes, strict=True):
        now = change(values[:2]).shape[1:] if change else values.shape[1:]
        if step and now != values.shape[1:]:
            shapes[index] = now
            raw += [index] if step.categories else []
    return edits.with_input_shapes(result, shapes, raw) if shapes else result


def change_targets(run: Run, plan: Plan) -> Run:
    """The run with changed targets."""
    sample = leaves(sample_rows(run, ROWS).y)
    steps = plan_targets(run, plan)
    return change_data(run, [], [step.change(values) if step else None for step, values in zip(steps, sample, strict=True)])


def change_data(
    run: Run, of_x: Sequence[Change | None], of_y: Sequence[Change | None], *, training: bool = True, validation: bool = True
) -> Run:
    """A run with functions applied to the leaves of x and of y (none for an empty list); with a model copy of its own."""

    def element(*batch: Any) -> tuple[Any, ...]:
        x, y, *rest = (*batch, None)[: max(2, len(batch))]
        parts = (_changed(x, of_x), _changed(y, of_y), *rest)
        return parts[: len(batch)]

    run = models.fresh(run)
    changes: dict[str, Any] = {}
    if training:
        changes = dict(zip(("x", "y"), element(run.x, run.y), strict=True)) if is_arrays(run.x) else {"x": _stream(run.x, element)}
    data = run.fit_arguments.get("validation_data")
    if validation and data is not None:
        held = element(*data) if is_arrays(data) else _stream(data, element)
        run = run.with_fit(validation_data=held)
    return run.replace(**changes)


def _changed(tree: Any, changes: Sequence[Change | None]) -> Any:
    remaining = iter(changes)
    return map_tree(lambda leaf: _apply(next(remaining), leaf), tree) if changes else tree


def _apply(change: Change | None, leaf: Any) -> Any:
    if change is None:
        return leaf
    values = change(to_numpy(leaf))
    if hasattr(leaf, "iloc") and values.shape == leaf.shape:
        labels = {"columns": leaf.columns} if values.ndim == 2 else {"name": leaf.name}
        return type(leaf)(values, index=leaf.index, **labels)
    return values


def _stream(stream: Any, element: Callable[..., tuple[Any, ...]]) -> Any:
    if is_dataset(stream):
        return map_dataset(stream, element)
    if is_pydataset(stream):
        return Changed(_copied(stream), element)
    if isinstance(stream, Iterator):
        return (element(*(item if isinstance(item, (tuple, list)) else (item,))) for item in stream)
    raise UnsupportedError(f"a {type(stream).__name__} has to be changed where it is made; see .code")


def _copied(dataset: Any) -> Any:
    """A dataset with its own orders, which `on_epoch_end` shuffles in place, and its own generators of random numbers."""
    inner = copy.copy(dataset)
    for name, value in vars(dataset).items():
        order = isinstance(value, np.ndarray) and value.ndim == 1 and value.dtype.kind == "i"
        if order or isinstance(value, (list, np.random.Generator, np.random.RandomState)):
            setattr(inner, name, copy.deepcopy(value))
    return inner


# ---------------------------------------------------------------- rows


def need_arrays(run: Run, what: str) -> int:
    """Number of rows of array data.

    Raises:
        UnsupportedError: the data is a stream.
    """
    if not is_arrays(run.x):
        raise UnsupportedError(f"a {type(run.x).__name__} is changed where it is made: to {what}, the data must be arrays")
    return len(to_numpy(leaves(run.x)[0]))


def keep_rows(run: Run, keep: np.ndarray) -> Run:
    """The run with the rows of x, y and sample_weight at `keep` (a mask or indexes over all rows of array data)."""
    arguments = dict(run.fit_arguments)
    if arguments.get("sample_weight") is not None:
        arguments["sample_weight"] = take(arguments["sample_weight"], keep)
    return models.fresh(run).replace(x=take(run.x, keep), y=take(run.y, keep), fit_arguments=arguments)


def take(tree: Any, where: Any) -> Any:
    """Rows of every array; frames stay frames."""
    return map_tree(lambda a: a.iloc[where] if hasattr(a, "iloc") else to_numpy(a)[where], tree)
