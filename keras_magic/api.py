"""The product as plain Python: `diagnose`, `audit`, `watch`, `Watch`, `lr_find`, `explain`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from keras_magic.arguments import (
    check_costs,
    check_data,
    check_fit_arguments,
    check_limits,
    check_mapping,
    check_model,
    check_options,
    check_split,
    selectors,
)
from keras_magic.diagnosis.options import Options
from keras_magic.diagnosis.pipeline import diagnose_fit, preflight
from keras_magic.diagnosis.rank import rank
from keras_magic.diagnosis.result import Diagnosis
from keras_magic.engine import judge
from keras_magic.errors import UsageError
from keras_magic.facts import Facts
from keras_magic.names import of_objects, selectors_in
from keras_magic.report import Report
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
    values: bool = True,
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
        values: False for confidential data: no value of it is shown, nor the code of fixes, in any view, text or file.
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
    check_model(model)
    check_fit_arguments("diagnose", type(model), fit_arguments)
    check_data(x, y)
    options = _options(
        select, ignore, thresholds, names, seconds=seconds, budget=budget, values=values, strict=strict, live=live, stages=stages
    )
    arguments = {"x": x, "y": y, **fit_arguments}
    if names is None:
        options = replace(options, names=_callers_names({"model": model, **arguments}))
    options = replace(options, selectors=selectors_in(_users_namespaces()))
    diagnosis = _keep_run(diagnose_fit(_original_fit, model, arguments, options)) if train else preflight(model, arguments, options)
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
    values: bool = True,
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
        select, ignore, thresholds, names, values, strict: as for `diagnose`.
        progress: called with the share that is done (0..1) and what is being done.
        **fit_arguments: further arguments of `fit` that bear on the data: validation_split, shuffle, class_weight, sample_weight.

    Returns:
        A `Report` on the data; of those that were read until then, where an interrupt ended the reading.

    Raises:
        KeyboardInterrupt: interrupted before the first batch was read, or after the reading.
        UsageError: no data, ragged or unequal data, or an argument that `fit` would not take.
    """
    from keras_magic.sources.batches import normalise_run
    from keras_magic.sources.data import collect_data
    from keras_magic.sources.environment import collect_environment
    from keras_magic.sources.model import collect_model
    from keras_magic.sources.replay import with_note

    if model is not None:
        check_model(model, compiled=False)
    check_fit_arguments("audit", type(model), fit_arguments)
    check_data(x, y)
    check_split(x, fit_arguments.get("validation_split"), validation_data)
    check_limits(rows, seconds)
    check_mapping("names", names)
    if progress is not None and not callable(progress):
        raise UsageError(f"progress must be a function of a share and a text, but it is {progress!r}")
    arguments = dict(fit_arguments)
    if validation_data is not None:
        arguments["validation_data"] = validation_data
    if names is None:
        names = _callers_names({"model": model, "x": x, "y": y, **arguments})
    run = normalise_run(Run(model=model, x=x, y=y, fit_arguments=arguments, names=names))
    model_facts = collect_model(model) if model is not None else None
    report_progress = progress or (lambda share, text: None)
    try:
        data = collect_data(run, model_facts, rows=rows, seconds=seconds, progress=report_progress, stoppable=True)
    except KeyboardInterrupt:
        raise KeyboardInterrupt("the audit was stopped by you; there is no report of it") from None
    facts = Facts(
        data=with_note(data, run),
        model=model_facts,
        environment=collect_environment(),
        names=dict(names),
    )
    judgement = judge(facts, select=selectors(select), ignore=selectors(ignore), thresholds=thresholds or {}, strict=strict)
    assert facts.data is not None
    return Report(
        Diagnosis(
            kind="audit",
            run=run,
            facts=facts,
            findings=rank(judgement.findings, facts),
            skipped=judgement.skipped,
            seconds=facts.data.seconds,
            values=values,
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
    values: bool = True,
    strict: bool = False,
) -> Iterator[Report]:
    """Diagnose every training inside the `with` block, when the block ends.

    Several `fit` calls of one model are one training, with its stages; three or more models of one structure are a set (folds,
    repetitions) with a row for each and the poorest diagnosed. What a `fit` raises is raised to you.

    Arguments as for `diagnose`; with `train=False` no `fit` trains: each returns an empty `History`. A loop is `train_on_batch`,
    or gradients with an optimizer: on TensorFlow a `GradientTape` with one of Keras, eager or inside a `tf.function`; on JAX
    `stateless_apply`, eager or inside `jax.jit`; on torch `backward` with one of Keras or of torch. It is seen on the thread that
    opened the block.

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

    options = _options(
        select, ignore, thresholds, names, seconds=seconds, budget=budget, values=values, strict=strict, live=live, stages=stages
    )
    report, stories = Report(), Stories()

    def handle(fit: Callable[..., Any], model: Any, arguments: dict[str, Any]) -> Any:
        found = selectors_in(_users_namespaces())
        named = replace(options, names=_names_of_fit(names, {"model": model, **arguments}), selectors=found)
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
        unsaid = raised if raised is not report.exception else None
        for diagnosis in diagnose_loops(recorder, options, unsaid, _users_namespaces()):
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
        check_options("lr_find with step", lr_find_step, options)
        return lr_find_step(step, data, optimizer, **options)
    if data is not None or optimizer is not None:
        raise UsageError(
            "step is missing: give the function that trains on one batch, lr_find(step=train_step, data=..., optimizer=...)"
        )
    if model is None:
        raise UsageError("give a compiled model and its data, lr_find(model, x, y), or lr_find(step=..., data=..., optimizer=...)")
    from keras_magic.lr.find import lr_find as find

    check_options("lr_find", find, options)
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
    """Checked settings: a wrong selector or threshold fails now and not after the training."""
    settings["stages"] = settings.get("stages") or Stages()
    settings["stages"].titles = settings["values"]
    settings["as_report"] = Report
    for name, given in (("thresholds", thresholds), ("names", names)):
        check_mapping(name, given)
    check_costs(settings["seconds"], settings["budget"])
    options = Options(
        select=selectors(select), ignore=selectors(ignore), thresholds=thresholds or {}, names=names or {}, **settings
    )
    options.judge(Facts())
    return options


def _callers_names(arguments: Mapping[str, Any]) -> dict[str, str]:
    """The names of the variables in the user's code, by identity; nothing is evaluated or kept."""
    return of_objects(arguments, _users_namespaces())


def _users_namespaces() -> list[dict[str, Any]]:
    """Variables of the user's functions that run now, the innermost first; those of a library that calls `fit` are not theirs."""
    from keras_magic.frames import users_frames

    return [dict(space) for frame in users_frames() for space in (frame.f_locals, frame.f_globals)]


def _names_of_fit(given: Mapping[str, str] | None, arguments: Mapping[str, Any]) -> Mapping[str, str]:
    """The names from the cell's `fit` where it is this very one, and not that of a pipeline or a search which calls ours."""
    if given is None:
        return _callers_names(arguments)
    spaces = _users_namespaces()
    holders = [space[given["model"]] for space in spaces if given.get("model") in space]
    if not holders or any(held is arguments["model"] for held in holders):
        return given
    return of_objects(arguments, spaces)


def _original_fit(model: Any, **arguments: Any) -> Any:
    return model.fit(**arguments)


def _keep_run(diagnosis: Diagnosis) -> Diagnosis:
    """Keep the run for `%lr_find` alone."""
    global last_run
    last_run = diagnosis.run
    return diagnosis


def _remember(report: Report) -> Report:
    global last_report
    last_report = report
    return report


def _users_part(error: BaseException) -> Any:
    """The traceback from the user's `fit` on, without our frame above it."""
    return error.__traceback__.tb_next if error.__traceback__ is not None else None


def _empty_history(model: Any) -> Any:
    import keras

    history = keras.callbacks.History()
    history.set_model(model)
    history.on_train_begin()
    return history
