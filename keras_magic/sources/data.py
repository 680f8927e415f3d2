"""`collect_data`: one pass over what `fit` was given, and what it was given to validate on."""

from __future__ import annotations

import dataclasses
import re
import reprlib
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from keras_magic.errors import UnsupportedError, UsageError
from keras_magic.facts import (
    BrokenOff,
    DataFacts,
    InputFacts,
    ModelFacts,
    RelationFacts,
    SelectionFacts,
    TargetFacts,
    ValidationFacts,
)
from keras_magic.interrupts import in_one_piece
from keras_magic.prices import spoken
from keras_magic.run import Run
from keras_magic.sources.batches import ArraySource, PyDatasetSource, Source, training_source, validation_source
from keras_magic.sources.columns import target_matrix
from keras_magic.sources.drift import class_shift, drift
from keras_magic.sources.groups import groups
from keras_magic.sources.inputs import columns_of
from keras_magic.sources.mirrors import mirrored_shares
from keras_magic.sources.passes import HEAD_ROWS, Pass, Unread
from keras_magic.sources.recoded import recoded
from keras_magic.sources.relation import LAG_ROWS, Head, coarse, discrete, labels_or_numbers, measure_relation
from keras_magic.sources.replay import Batch
from keras_magic.sources.row_hashes import HashedRows
from keras_magic.sources.selection import selected_with
from keras_magic.sources.threads import one_blas_thread
from keras_magic.sources.trees import named_leaves
from keras_magic.sources.turned import given_turned, turned_classes
from keras_magic.sources.unlike import unlike
from keras_magic.sources.vocabulary import unknown_values
from keras_magic.sources.windows import MOST_VALUES, is_series, overlap
from keras_magic.sources.within import answers_in_input

NO_MATTER = 0.2  # seconds that a search may take whatever time is left
PEEK_ROWS = 4096  # what is read ahead from a one-shot generator stays in memory until it is trained on
ENDLESS_ROWS = 8_192
READING, VALIDATING = 0.5, 0.2  # shares of the time allowed that go to reading training and validation rows, at most

#: Called with how far a pass is: the share that is done (0..1) and what is being done.
Progress = Callable[[float, str], None]


def collect_data(
    run: Run,
    model: ModelFacts | None = None,
    *,
    rows: int | None = None,
    seconds: float = 5.0,
    progress: Progress = lambda share, text: None,
    stoppable: bool = False,
) -> DataFacts:
    """Measure the training data of a run, its validation data, and how they relate.

    Args:
        run: the captured training; only x, y and the arguments of `fit` are read.
        model: facts of the model, for the roles of inputs and the meaning of whole-numbered targets.
        rows: read at most so many training rows; seconds: for everything, about. At most half go to reading training rows,
            a fifth to validation rows, the rest to comparing what was read; what was left out stands in `notes`.
        progress: called with the share that is done (0..1) and what is being done, after each batch and between the parts.
        stoppable: an interrupt ends the reading, and what was read until then is judged.

    Raises:
        KeyboardInterrupt: it came before the first batch was read, or after the reading; or is not `stoppable`.
        UsageError: x or y is nothing that `fit` takes, or an array has values that are not numbers, words or dates.
    """
    with one_blas_thread(), np.errstate(all="ignore"):  # values that overflow are the data's, and are reported as such
        return _collect(run, model, rows, seconds, progress, Unread(stoppable=stoppable))


def _collect(run: Run, model: ModelFacts | None, rows: int | None, seconds: float, progress: Progress, unread: Unread) -> DataFacts:
    start = time.perf_counter()
    source = training_source(run)
    gathered = _read(source, model, rows, READING * seconds, unread, lambda share, text: progress(0.7 * share, text))
    progress(0.7, "comparing x with y")
    sampled = bool(unread)
    x, y = gathered.sampled()
    loss = model.heads[0].loss if model is not None and model.heads else None
    targets = tuple(
        stats.facts(array, _equal_input(array, gathered, x), loss) for stats, array in zip(gathered.targets, y, strict=True)
    )
    inputs = _input_facts(gathered, x, targets, y)
    total = source.rows if source.rows is not None and sampled else gathered.rows
    endless = bool(getattr(source, "infinite", False)) or (sampled and source.rows is None)
    rough = not x or not len(x[0]) or coarse(x, gathered.rows)
    hashed = HashedRows() if rough else gathered.hashes.result()
    relation = _relation(source, inputs, x, targets, y, start + seconds, unread)
    if relation is not None:
        relation = dataclasses.replace(relation, conflicts=hashed.conflicts)
    known, left = None if endless else total, min(VALIDATING * seconds, max(0.0, start + seconds - time.perf_counter()))

    def last_tenth(share: float, text: str) -> None:
        progress(0.9 + 0.1 * share, text)

    validation = _validation(run, model, source, known, inputs, targets, (x, y), hashed, left, unread, last_tenth)
    return DataFacts(
        kind=source.kind,
        rows=known,
        rows_seen=gathered.rows,
        sampled=sampled,
        batch_size=source.batch_size,
        inputs=inputs,
        targets=targets,
        validation=validation,
        relation=relation,
        duplicates=hashed.duplicates,
        unknown_values=unknown_values(model, inputs, x),
        **answers_in_input(inputs, x, targets, y),
        **_read_again(source, inputs),
        turned=turned_classes(inputs, x, targets, y),
        weights=_weights(gathered),
        weight_rows=getattr(source, "weight_rows", ()),
        x_rows=getattr(source, "x_rows", ()),
        y_rows=getattr(source, "y_rows", ()),
        shuffle=run.fit_arguments.get("shuffle"),
        class_weight=class_weights(run.fit_arguments),
        faulty_class_weights=faulty_class_weights(run.fit_arguments),
        broken=tuple(unread.broken),
        notes=tuple(unread.notes),
        seconds=time.perf_counter() - start,
    )


def _read_again(source: Source, inputs: tuple[InputFacts, ...]) -> dict[str, Any]:
    """What differs from one reading of a loader's batches to the next."""
    return {
        "mirrored": mirrored_shares(source) if any(i.role == "image" for i in inputs) else {},
        "rewritten": source.rewritten() if isinstance(source, PyDatasetSource) else None,
    }


def _read(
    source: Source,
    model: ModelFacts | None,
    rows: int | None,
    seconds: float,
    unread: Unread,
    progress: Progress,
    what: str = "training",
) -> Pass:
    """Pass over a source within its limits; what was left out is noted."""
    gathered = Pass(model=model, columns={name: c for name, leaf in _named(source.x) if (c := columns_of(leaf))})
    if rows is None and source.one_shot:
        rows = PEEK_ROWS
    elif rows is None and getattr(source, "infinite", False):
        rows = ENDLESS_ROWS
    if isinstance(source, ArraySource) and source.kind == "dask":
        from keras_magic.sources.distributed import read_dask

        progress(0.0, f"reading the {what} data on dask's workers")
        first, last = source.span
        if rows is not None and rows < last - first:
            last = first + rows
            unread.notes.append(f"Only the first {rows:,} {what} rows were looked at.")
        whole = source.whole and last == source.span[1]
        return read_dask(gathered, *source.parts, first=first, last=None if whole else last)
    try:
        _read_batches(gathered, source, rows, seconds, unread, progress, what)
    except KeyboardInterrupt:
        if not unread.stoppable or not gathered.rows:
            raise
        unread.notes.append(f"Reading was stopped by you: {gathered.rows:,} {what} rows were looked at.")
    if not gathered.inputs and isinstance(source, ArraySource):
        gathered.update(source.take(slice(0, 0)))
    return gathered


def _read_batches(
    gathered: Pass, source: Source, rows: int | None, seconds: float, unread: Unread, progress: Progress, what: str
) -> None:
    """Add batch after batch, until one of the limits is reached."""
    start, wanted = time.perf_counter(), rows or source.rows
    for number, given in enumerate(_safely(source, unread, what)):
        batch = given.head(rows - gathered.rows) if rows is not None else given
        try:
            with in_one_piece():
                gathered.update(batch)
        except ValueError as error:
            raise UsageError(f"batch {number + 1} of the {what} data does not fit: {error}") from None
        if rows is not None and gathered.rows >= rows and gathered.rows != source.rows:
            unread.notes.append(f"Only the first {gathered.rows:,} {what} rows were looked at.")
            break
        elapsed = time.perf_counter() - start
        share = max(elapsed / seconds if seconds else 1.0, gathered.rows / wanted if wanted else 0.0)
        progress(min(1.0, share), f"{gathered.rows:,} {what} rows read")
        if elapsed > seconds and gathered.rows != source.rows:
            unread.notes.append(f"Reading stopped after {seconds:.2g} s: {gathered.rows:,} {what} rows were looked at.")
            break


def _safely(source: Source, unread: Unread, what: str) -> Iterator[Batch]:
    """The batches of a source; a user's pipeline that raises ends the pass, which is reported (`fit` will raise it itself)."""
    batches = source.batches()
    number = rows = 0
    while True:
        number += 1
        try:
            batch = next(batches, None)
        except UnsupportedError as error:
            unread.notes.append(f"{str(error)[:1].upper()}{str(error)[1:]}.")
            return
        except Exception as error:
            if isinstance(source, ArraySource):
                raise
            if isinstance(error, UsageError):
                raise UsageError(f"batch {number} of the {what} data does not fit: {error}") from None
            reason = re.sub(r"{{.*?}} ?", "", str(error).strip().partition("\n")[0])  # names of TensorFlow's graph nodes
            unread.broken.append(BrokenOff(part=what, batch=number, rows=rows, error=f"{type(error).__name__}: {reason}"[:300]))
            return
        if batch is None:
            return
        rows += batch.rows
        yield batch


def class_weights(arguments: Mapping[str, Any]) -> dict[Any, float] | None:
    """The class weights of a fit as numbers; None without, and where they are nothing that Keras takes."""
    given = arguments.get("class_weight")
    if not isinstance(given, Mapping) or faulty_class_weights(arguments):
        return None
    return {key: float(value) for key, value in given.items()} or None


def faulty_class_weights(arguments: Mapping[str, Any]) -> dict[str, str]:
    """Label -> its entry in class_weight as text, of the entries that are not finite numbers of at least 0."""
    given = arguments.get("class_weight")
    values = given if isinstance(given, Mapping) else {}
    return {_shown(key): _shown(value) for key, value in values.items() if not _is_weight(value)}


def _is_weight(value: Any) -> bool:
    if not isinstance(value, (int, float, np.number, np.ndarray)) or np.size(value) != 1 or not np.isreal(value):
        return False
    return 0 <= float(np.ravel(value)[0]) < np.inf


def _shown(value: Any) -> str:
    return reprlib.repr(value)


def _named(x: Any) -> list[tuple[str, Any]]:
    return list(named_leaves(x, "x")) if isinstance(x, (dict, list, tuple)) or columns_of(x) else []


def _input_facts(
    gathered: Pass, x: list[np.ndarray], targets: tuple[TargetFacts, ...], y: list[np.ndarray]
) -> tuple[InputFacts, ...]:
    form = targets[0].form if targets else ""
    against = None
    if targets and form not in ("like-input", "sequence", "single"):
        classes = y[0].argmax(1) if form == "one-hot" else y[0]
        against = target_matrix(classes, "integer" if form == "one-hot" else form)
    return tuple(stats.facts(array, against) for stats, array in zip(gathered.inputs, x, strict=True))


def _equal_input(target: np.ndarray, gathered: Pass, x: list[np.ndarray]) -> str | None:
    """The input that the target repeats (autoencoders)."""
    for stats, array in zip(gathered.inputs, x, strict=True):
        if array.size and array.size == target.size and array.size > len(array) and np.array_equal(array.ravel(), target.ravel()):
            return stats.name
    return None


def _relation(
    source: Source,
    inputs: tuple[InputFacts, ...],
    x: list[np.ndarray],
    targets: tuple[TargetFacts, ...],
    y: list[np.ndarray],
    until: float,
    unread: Unread,
) -> RelationFacts | None:
    """How x and y belong together; a shift between them is looked for where the half of the time until `until` is enough."""
    if not targets or not len(y[0]) or not x:
        return None

    def head(seconds_per_row: float) -> Head | None:
        if not isinstance(source, ArraySource) or source.kind == "dask":
            return None
        allowed = max(NO_MATTER, (until - time.perf_counter()) / 2)
        rows = min(HEAD_ROWS, int(allowed / max(seconds_per_row, 1e-9)))
        if rows < LAG_ROWS:
            price = 2 * LAG_ROWS * seconds_per_row
            unread.notes.append(f"Whether y is shifted against x was not looked at: it takes about {spoken(price)} more.")
            return None
        first = source.take(slice(0, rows))
        return [a for _, a in named_leaves(first.x, "x")], next(a for _, a in named_leaves(first.y, "y"))

    return measure_relation(list(zip(inputs, x, strict=True)), targets[0], y[0], head)


def _validation(
    run: Run,
    model: ModelFacts | None,
    training: Source,
    rows: int | None,
    inputs: tuple[InputFacts, ...],
    targets: tuple[TargetFacts, ...],
    sample: tuple[list[np.ndarray], list[np.ndarray]],
    hashed: HashedRows,
    seconds: float,
    unread: Unread,
    progress: Progress,
) -> ValidationFacts | None:
    source, (x, y) = validation_source(run), sample
    if source is None:
        return None
    before = len(unread)
    gathered = _read(source, model, None, seconds, unread, progress, "validation")
    vx, vy = gathered.sampled()
    loss = model.heads[0].loss if model is not None and model.heads else None
    v_inputs = tuple(stats.facts(array) for stats, array in zip(gathered.inputs, vx, strict=True))
    v_targets = tuple(s.facts(a, None, loss) for s, a in zip(gathered.targets, vy, strict=True))
    differences: dict[str, dict[str, float]] = {}
    for fact, a, b in zip(inputs, x, vx, strict=False):
        differences |= drift(fact, a, b, several=len(inputs) > 1)
    train, complete = _every_row(training, rows, inputs, x)
    theirs = gathered.hashes.result()
    repeats = discrete(x) and hashed.repeated >= 0.5 * hashed.shared(theirs)
    shift, missing = class_shift(targets[0], v_targets[0]) if targets and v_targets else (0.0, {})
    turned = turned_classes(v_inputs, vx, v_targets, vy) if training.kind != "arrays" else ()
    return ValidationFacts(
        source="validation_data" if run.fit_arguments.get("validation_data") is not None else "validation_split",
        rows=gathered.rows,
        sampled=len(unread) > before,
        inputs=v_inputs,
        targets=v_targets,
        leaked=0.0 if repeats else hashed.shared(theirs),
        covered=theirs.shared(hashed),
        overlap=overlap(inputs, train, vx, complete),
        **_by_target(inputs, targets, (x, y), (vx, vy)),
        drift=differences,
        missing_classes=missing,
        class_shift=shift,
        selection=_selection(run, (x, y), (vx, vy)) if y and vy and (rows, gathered.rows) == (len(y[0]), len(vy[0])) else None,
        turned=given_turned(turned, targets[0], (x[0], y[0]), (vx[0], vy[0])) if turned and y else turned,
        x_rows=getattr(source, "x_rows", ()),
        y_rows=getattr(source, "y_rows", ()),
    )


def _by_target(
    inputs: tuple[InputFacts, ...],
    targets: tuple[TargetFacts, ...],
    train: tuple[list[np.ndarray], list[np.ndarray]],
    validation: tuple[list[np.ndarray], list[np.ndarray]],
) -> dict[str, Any]:
    """How the rows of both parts compare by their targets: groups and codes."""
    (x, y), (vx, vy) = train, validation
    alike = targets and y and vy and y[0].shape[1:] == vy[0].shape[1:] and len(vy[0])
    both = labels_or_numbers(targets[0], np.concatenate([y[0], vy[0]])) if alike else None
    if both is None:
        return {}
    own, theirs = both[: len(y[0])], both[len(y[0]) :]
    parts = (inputs, x, own, vx, theirs)
    return {"groups": groups(inputs, x, vx, own, theirs), "recoded": recoded(*parts), "unlike": unlike(*parts)}


def _selection(
    run: Run, train: tuple[list[np.ndarray], list[np.ndarray]], validation: tuple[list[np.ndarray], list[np.ndarray]]
) -> SelectionFacts | None:
    """Of one table and one target."""
    (x, y), (vx, vy) = train, validation
    if not run.selectors or not len(x) == len(y) == len(vx) == len(vy) == 1:
        return None
    return selected_with(run.selectors, (x[0], np.ravel(y[0])), (vx[0], np.ravel(vy[0]))) if y[0].size == len(y[0]) else None


def _every_row(
    source: Source, rows: int | None, inputs: tuple[InputFacts, ...], x: list[np.ndarray]
) -> tuple[list[np.ndarray], bool]:
    """The training inputs to look for windows in, and whether these are all rows: few enough are read again, else the sample."""
    if not x or rows is None or len(x[0]) == rows:
        return x, rows is not None
    few = rows * sum(a.size // max(1, len(a)) for a in x) <= MOST_VALUES
    if few and any(map(is_series, inputs)) and isinstance(source, ArraySource) and source.kind != "dask":
        return [a for _, a in named_leaves(source.take(slice(0, rows)).x, "x")], True
    return x, False


def _weights(gathered: Pass) -> dict[str, float]:
    moments = gathered.weights
    if not (seen := int(moments.count[0] + moments.nan[0] + moments.inf[0])):
        return {}
    low, high = (float(v[0]) if moments.count[0] else float("nan") for v in (moments.min, moments.max))
    zeros = gathered.weight_zeros / seen
    return {"min": low, "max": high, "mean": float(moments.mean[0]), "zeros": zeros, "nan": float(moments.nan[0] + moments.inf[0])}
