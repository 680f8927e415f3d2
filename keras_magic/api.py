"""The product as plain Python: `diagnose`, `audit`, `watch`, `Watch`, `lr_find`, `explain`."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from keras_magic.diagnosis import Options, diagnose_fit, preflight
from keras_magic.engine import judge
from keras_magic.errors import UsageError
from keras_magic.facts import Facts
from keras_magic.names import of_objects
from keras_magic.rank import rank
from keras_magic.report import Diagnosis, Report
from keras_magic.run import Run
from keras_magic.stages import Stages

if TYPE_CHECKING:
    from keras_magic.docs import Explanation
    from keras_magic.lr.result import LRFindResult
    from keras_magic.watch.callback import Watch as Watch

#: The run of the last diagnosed fit and the last report: what `%lr_find` and `%repair` without arguments work on.
last_run: Run | None = None
last_report: Report | None = None


def diagnose(
    model: Any,
    x: Any = None,
    y: Any = None,
    *,
    train: bool = True,
    seconds: float = 10.0,
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    thresholds: Mapping[str, Mapping[str, Any]] | None = None,
    budget: float = 0.05,
    live: Callable[[Any], None] | None = None,
    stages: Stages | None = None,
    names: Mapping[str, str] | None = None,
    strict: bool = False,
    **fit_arguments: Any,
) -> Report:
    """Train exactly as `model.fit(x, y, **fit_arguments)` would, and say why the network does not learn.

    Args:
        model: a compiled `keras.Model`.
        x, y: whatever `fit` takes: arrays of shape (rows, ...), DataFrames, tensors, datasets, generators, dicts and lists of them.
        train: `False` looks at data, labels and model and a few steps on a copy; the model is not trained.
        seconds: seconds allowed for paired trials on copies, used only where the network failed and nothing certain says why;
            0 turns them off. Where other programs hold the machine, only the time in which this one could work counts, so that
            up to three times as long may pass.
        select, ignore: codes ("KM203"), families ("KM2"), names or causes of checks to run or leave out.
        thresholds: code or name of a check -> {threshold: value}.
        budget: highest share of the training time that watching may cost, 0.05 for 5 %.
        live: called with a `keras_magic.watch.progress.Progress` at most about twice a second.
        stages: hears what is done after the training, see `keras_magic.stages.Stages`.
        names: your variable names for the code of the fixes: {"model": "net", "x": "X_train", "y": "y_train"}; without it, those
            of the calling code's variables that hold these very objects.
        strict: raise faults of keras_magic itself instead of noting them (for tests).
        **fit_arguments: arguments of `fit`: epochs, batch_size, validation_data, callbacks, ...

    Returns:
        A `Report`; what the training raised is in `report.exception`.

    Raises:
        UsageError: no Keras model, not compiled, no or unequal data, an unknown argument.

    Example:
        >>> report = km.diagnose(model, x_train, y_train, epochs=20, validation_split=0.2)
        >>> report.findings[0].cause
        'input-not-scaled'
    """
    _check_model(model)
    _check_fit_arguments("diagnose", type(model), fit_arguments)
    _check_data(x, y)
    options = _options(select, ignore, thresholds, names, seconds=seconds, budget=budget, strict=strict, live=live, stages=stages)
    arguments = {"x": x, "y": y, **fit_arguments}
    if names is None:
        options = replace(options, names=_callers_names({"model": model, **arguments}))
    diagnosis = _fit_once(_original_fit, model, arguments, options) if train else preflight(model, arguments, options)
    return _remember(Report(diagnosis))


def audit(
    x: Any,
    y: Any = None,
    *,
    validation_data: Any = None,
    model: Any = None,
    rows: int | None = None,
    seconds: float = 30.0,
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    thresholds: Mapping[str, Mapping[str, Any]] | None = None,
    names: Mapping[str, str] | None = None,
    strict: bool = False,
    progress: Callable[[float, str], None] | None = None,
    **fit_arguments: Any,
) -> Report:
    """Look at the data alone (and against `model`, when given) in one streaming pass; nothing is trained or changed.

    Args:
        x, y: whatever `fit` takes; dask arrays and frames too, read on the workers: one of x and y may lie in memory then.
        validation_data: as for `fit`.
        model: a Keras model that the data is meant for; need not be compiled.
        rows, seconds: look at no more rows and for no more seconds than this; the report says how many rows were seen.
        select, ignore, thresholds, names, strict: as for `diagnose`.
        progress: called with the share that is done (0..1) and what is being done.
        **fit_arguments: further arguments of `fit` that bear on the data: validation_split, shuffle, class_weight, sample_weight.

    Returns:
        A `Report` on the data.

    Raises:
        UsageError: no data, ragged or unequal data, or an argument that `fit` would not take.
    """
    from keras_magic.sources.batches import normalise_run
    from keras_magic.sources.data import collect_data
    from keras_magic.sources.environment import collect_environment
    from keras_magic.sources.model import collect_model

    if model is not None:
        _check_model(model, compiled=False)
    _check_fit_arguments("audit", type(model), fit_arguments)
    _check_data(x, y)
    _check_split(x, fit_arguments.get("validation_split"), validation_data)
    _check_limits(rows, seconds)
    _check_mapping("names", names)
    if progress is not None and not callable(progress):
        raise UsageError(f"progress must be a function of a share and a text, but it is {progress!r}")
    arguments = dict(fit_arguments)
    if validation_data is not None:
        arguments["validation_data"] = validation_data
    if names is None:
        names = _callers_names({"model": model, "x": x, "y": y, **arguments})
    run = normalise_run(Run(model=model, x=x, y=y, fit_arguments=arguments, names=names))
    model_facts = collect_model(model) if model is not None else None
    data = collect_data(run, model_facts, rows=rows, seconds=seconds, progress=progress or (lambda share, text: None))
    if run.x is not x:
        note = "What was read of the generator is kept here: km.diagnose and km.watch train on it, a plain fit misses it."
        data = replace(data, notes=(*data.notes, note))
    facts = Facts(
        data=data,
        model=model_facts,
        environment=collect_environment(),
        names=dict(names),
    )
    judgement = judge(facts, select=_selectors(select), ignore=_selectors(ignore), thresholds=thresholds or {}, strict=strict)
    assert facts.data is not None
    return Report(
        Diagnosis(
            kind="audit",
            run=run,
            facts=facts,
            findings=rank(judgement.findings, facts),
            skipped=judgement.skipped,
            seconds=facts.data.seconds,
        )
    )


@contextmanager
def watch(
    *,
    seconds: float = 10.0,
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    thresholds: Mapping[str, Mapping[str, Any]] | None = None,
    budget: float = 0.05,
    live: Callable[[Any], None] | None = None,
    stages: Stages | None = None,
    names: Mapping[str, str] | None = None,
    train: bool = True,
    strict: bool = False,
) -> Iterator[Report]:
    """Diagnose every training inside the `with` block, when the block ends.

    Several `fit` calls of one model are one training, with its stages; three or more models of one structure are a set (folds,
    repetitions) with a row for each and the poorest diagnosed. What a `fit` raises is raised to you.

    Arguments as for `diagnose`; with `train=False` no `fit` trains: each returns an empty `History`. A loop is `train_on_batch`, or
    a `GradientTape` with an optimizer of Keras, eager or inside a `tf.function`; it is seen on the thread that opened the block.

    Yields:
        The `Report`, which is empty until the block ends.

    Raises:
        UsageError: an unknown check or threshold.

    Example:
        >>> with km.watch() as report:
        ...     model.fit(x, y, epochs=10)
        >>> print(report)
    """
    from keras_magic.loops.capture import capture_loops
    from keras_magic.loops.diagnosis import diagnose_loops
    from keras_magic.loops.recorder import Recorder
    from keras_magic.story import Stories
    from keras_magic.watch.capture import capture_fits

    options = _options(select, ignore, thresholds, names, seconds=seconds, budget=budget, strict=strict, live=live, stages=stages)
    report, stories = Report(), Stories()

    def handle(fit: Callable[..., Any], model: Any, arguments: dict[str, Any]) -> Any:
        named = options if names is not None else replace(options, names=_callers_names({"model": model, **arguments}))
        if not train:
            report.add(preflight(model, arguments, named))
            return _empty_history(model)
        watched = stories.fit(fit, model, arguments, named)
        if watched.exception is not None:
            raise watched.exception.with_traceback(_users_part(watched.exception))
        return watched.history

    recorder, raised = Recorder(budget, strict=strict), None
    try:
        with capture_fits(handle), capture_loops(recorder):
            yield report
    except BaseException as error:
        raised = error
        raise
    finally:
        for diagnosis in stories.conclude():
            _keep_run(diagnosis)
            report.add(diagnosis)
        for diagnosis in diagnose_loops(recorder, options, raised if raised is not report.exception else None):
            report.add(diagnosis)
        _remember(report)


def lr_find(
    model: Any = None, x: Any = None, y: Any = None, *, step: Any = None, data: Any = None, optimizer: Any = None, **options: Any
) -> LRFindResult:
    """Find the learning rate of a compiled model, or of a training step of your own.

    `lr_find(model, x, y)`: see `keras_magic.lr.find.lr_find` for the arguments. `lr_find(step=train_step, data=dataset,
    optimizer=opt)`: see `keras_magic.loops.rate.lr_find_step`.

    Returns:
        An `LRFindResult` with `suggestion`, the learning rate to take.

    Raises:
        UsageError: no compiled model, no data, or an unknown argument.
    """
    if step is not None:
        from keras_magic.loops.rate import lr_find_step

        if model is not None or x is not None or y is not None:
            raise UsageError("give either a compiled model with x and y, or step, data and optimizer; here are both")
        _check_options("lr_find with step", lr_find_step, options)
        return lr_find_step(step, data, optimizer, **options)
    if data is not None or optimizer is not None:
        raise UsageError(
            "step is missing: give the function that trains on one batch, lr_find(step=train_step, data=..., optimizer=...)"
        )
    if model is None:
        raise UsageError("give a compiled model and its data, lr_find(model, x, y), or lr_find(step=..., data=..., optimizer=...)")
    from keras_magic.lr.find import lr_find as find

    _check_options("lr_find", find, options)
    return find(model, x, y, **options)


def explain(code: str) -> Explanation:
    """The page of a check: what it looks for, why it matters, how to fix it, when to ignore it.

    Args:
        code: a code ("KM203"), a family ("KM2"), a name ("unscaled-features") or a cause ("input-not-scaled").

    Raises:
        UsageError: there is no such check; the nearest ones are named.
    """
    from keras_magic.docs import explanation

    return explanation(code)


def __getattr__(name: str) -> Any:
    if name == "Watch":  # a keras.callbacks.Callback: imported only when asked for
        from keras_magic.watch.callback import Watch

        return Watch
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


# ---------------------------------------------------------------- inside


def _options(
    select: Iterable[str],
    ignore: Iterable[str],
    thresholds: Mapping[str, Mapping[str, Any]] | None,
    names: Mapping[str, str] | None,
    **settings: Any,
) -> Options:
    """Checked settings: a wrong selector or threshold fails now and not behind the training."""
    settings["stages"] = settings.get("stages") or Stages()
    for name, given in (("thresholds", thresholds), ("names", names)):
        _check_mapping(name, given)
    options = Options(
        select=_selectors(select), ignore=_selectors(ignore), thresholds=thresholds or {}, names=names or {}, **settings
    )
    options.judge(Facts())
    return options


def _callers_names(arguments: Mapping[str, Any]) -> dict[str, str]:
    """The names of the variables in the code that called keras_magic, by identity; nothing is evaluated or kept."""
    frame = inspect.currentframe()
    assert frame is not None
    while frame.f_back is not None and str(frame.f_globals.get("__name__", "")).partition(".")[0] == "keras_magic":
        frame = frame.f_back
    return of_objects(arguments, [dict(frame.f_locals), dict(frame.f_globals)])


def _original_fit(model: Any, **arguments: Any) -> Any:
    return model.fit(**arguments)


def _fit_once(fit: Callable[..., Any], model: Any, arguments: dict[str, Any], options: Options) -> Diagnosis:
    return _keep_run(diagnose_fit(fit, model, arguments, options))


def _keep_run(diagnosis: Diagnosis) -> Diagnosis:
    """Keep the run for `%lr_find` alone."""
    global last_run
    last_run = diagnosis.run
    return diagnosis


def _remember(report: Report) -> Report:
    global last_report
    last_report = report
    return report


def _check_mapping(name: str, given: Any) -> None:
    if given is not None and not isinstance(given, Mapping):
        raise UsageError(f"{name} must be a dict, but it is {_kind(given)}")


def _selectors(given: Iterable[str]) -> tuple[str, ...]:
    if isinstance(given, str):
        return (given,)
    if not isinstance(given, Iterable):
        raise UsageError(f"select and ignore take codes, such as ('KM203', 'KM5'), but here is {_kind(given)}")
    return tuple(given)


def _users_part(error: BaseException) -> Any:
    """The traceback from the user's `fit` on, without our frame above it."""
    return error.__traceback__.tb_next if error.__traceback__ is not None else None


def _empty_history(model: Any) -> Any:
    import keras

    history = keras.callbacks.History()
    history.set_model(model)
    history.on_train_begin()
    return history


def _check_model(model: Any, compiled: bool = True) -> None:
    import keras

    if not isinstance(model, keras.Model):
        raise UsageError(f"model must be a keras.Model, but it is {_kind(model)}; give the model first: diagnose(model, x, y)")
    if compiled and not model.compiled:
        raise UsageError(f"the model {model.name!r} is not compiled; call model.compile(optimizer=..., loss=...) first")


def _check_fit_arguments(function: str, model: type, arguments: Mapping[str, Any]) -> None:
    import keras

    fits = [kind.fit for kind in (keras.Model, model) if hasattr(kind, "fit")]
    known = {name for fit in fits for name in inspect.signature(fit).parameters}
    for name in arguments:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise UsageError(f"neither {function} nor fit has an argument {name!r}{hint}")
    weights = arguments.get("class_weight")
    if weights is not None and not isinstance(weights, Mapping):
        raise UsageError(f"class_weight must be a dict from class to weight, such as {{0: 1.0}}, but it is {_kind(weights)}")


def _check_options(what: str, function: Callable[..., Any], given: Mapping[str, Any]) -> None:
    known = inspect.signature(function).parameters
    unknown = next((name for name in given if name not in known), None)
    if unknown is not None:
        raise UsageError(f"{what} has no argument {unknown!r}; it takes {', '.join(known)}")


def _check_split(x: Any, split: Any, validation_data: Any) -> None:
    from keras_magic.sources.batches import is_stream

    if split is None:
        return
    if isinstance(split, bool) or not isinstance(split, (int, float)) or not 0 <= split < 1:
        raise UsageError(f"validation_split must be a share of the rows from 0 to below 1, such as 0.2, but it is {split!r}")
    if split and validation_data is None and is_stream(x):
        raise UsageError(
            f"validation_split needs arrays, and x is {_kind(x)}: split it yourself and give validation_data,"
            " for a tf.data.Dataset with .skip(n) and .take(n)"
        )


def _check_data(x: Any, y: Any) -> None:
    """Only what no `fit` could take; everything else is the diagnosis' business."""
    if x is None:
        raise UsageError("there is no data: give x (arrays, a DataFrame, a tf.data.Dataset, a PyDataset or a generator)")
    if isinstance(x, (str, bytes, int, float)):
        raise UsageError(f"x must be data that fit takes, but it is {_kind(x)}")
    lengths = {name: n for name, part in (("x", x), ("y", y)) for n in [_rows(part)] if n is not None}
    if 0 in lengths.values():
        raise UsageError(f"{next(k for k, v in lengths.items() if v == 0)} is empty: it has 0 rows")
    if len(set(lengths.values())) > 1:
        raise UsageError(f"x has {lengths['x']} rows but y has {lengths['y']}: they must belong together row by row")
    for name, part in (("x", x), ("y", y)):
        _check_rows(name, part, y)
        if str(getattr(part, "dtype", None)) == "object" and not hasattr(part, "dask") and not _all_text(part):
            from keras_magic.sources.trees import about_objects, to_numpy

            raise UsageError(f"{name} is an array of Python objects: {about_objects(to_numpy(part))}")


def _check_rows(name: str, part: Any, y: Any) -> None:
    """A list of arrays is a list of inputs for Keras; where it can only be meant as rows, they are ragged."""
    if not isinstance(part, (list, tuple)) or not all(_rows(row) is not None for row in part):
        return
    meant = name == "y" or y is None or (hasattr(y, "__len__") and len(y) == len(part))
    if meant and len({_rows(row) for row in part}) > 1:
        from keras_magic.sources.trees import PAD, uneven

        raise UsageError(
            f"{name} is a list of {len(part)} arrays of unequal length ({uneven(part)}); fit takes a list of arrays for so many"
            f" {'inputs' if name == 'x' else 'targets'}. If they are rows, {PAD} and give one array"
        )


def _check_limits(rows: Any, seconds: Any) -> None:
    if rows is not None and (isinstance(rows, bool) or not hasattr(rows, "__index__") or rows < 1):
        raise UsageError(f"rows must be a whole number of at least 1, but it is {rows!r}")
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not seconds > 0:
        raise UsageError(f"seconds must be a number above 0, but it is {seconds!r}")


def _rows(part: Any) -> int | None:
    """Rows of an array-like, None for anything else (datasets, dicts and lists are looked at leaf by leaf later)."""
    shape = getattr(part, "shape", None)
    if shape is None or not (hasattr(part, "dtype") or hasattr(part, "columns")):
        return None
    try:
        return int(shape[0]) if len(shape) else None
    except (TypeError, ValueError):
        return None


def _all_text(part: Any) -> bool:
    return all(isinstance(value, (str, bytes)) for value in list(getattr(part, "flat", part))[:1000])


def _kind(value: Any) -> str:
    return "None" if value is None else f"of type {type(value).__name__}"
