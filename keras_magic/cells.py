"""What stands between a magic's line or cell and the API: parse, evaluate, execute, keep. Imports nothing heavy."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic_arguments import argument

from keras_magic import errors, names
from keras_magic.prices import spoken
from keras_magic.views import notebook
from keras_magic.views.progress import ProgressLine, with_progress

_HOME = Path(__file__).parent
_LOOPS = {
    "tensorflow": "took no gradient with tf.GradientTape and applied no Keras optimizer",
    "jax": "applied no Keras optimizer with stateless_apply or apply",
    "torch": "called no backward() for a Keras model and applied no Keras optimizer",
}


def no_fit() -> str:
    """What was looked for in a cell that trained nothing, and what to do, in one line."""
    import keras

    return (
        f"%%diagnose saw no training: this cell called neither model.fit nor train_on_batch, {_LOOPS[keras.backend.backend()]} "
        "(training without Keras, or in another process, is not seen). Put %%diagnose on the first line of the cell that trains "
        "(nothing above it, not even a comment), or look without training: %diagnose model x y."
    )


def options_of_reports(magic: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a magic with the options that all magics with a report take."""
    for option in (
        argument("--ignore", metavar="CODES", default="", help="leave these checks out, such as KM2,KM705"),
        argument("--show", metavar="CODES", default="", help="run only these checks: codes, families (KM2), names or causes"),
        argument("--html", metavar="FILE", help="write the report to this file as well"),
        argument("--controls", action="store_true", help="below the report: try fixes, look at columns (notebooks only)"),
        argument("--no-values", action="store_true", help="for confidential data: show no value of it, nor code of fixes"),
        argument("--quiet", action="store_true", help="show the verdict only"),
        argument("-o", "--output", metavar="NAME", help="keep the result in the variable NAME"),
        argument("expressions", nargs="*", help="model, data and keyword arguments, as Python expressions"),
    ):
        magic = option(magic)
    return magic


def selection(options: Any) -> dict[str, Any]:
    """--show, --ignore and --no-values as the API takes them."""
    codes = {name: tuple(filter(None, given.split(","))) for name, given in (("select", options.show), ("ignore", options.ignore))}
    return {**codes, "values": not options.no_values}


def arguments(shell: Any, words: list[str], most: int) -> tuple[list[Any], dict[str, Any], list[str]]:
    """Values of the positional expressions, values of the keywords, and the positional expressions themselves.

    Raises:
        UsageError: no Python expression, an error while it is evaluated, or more than `most` positional ones.
    """
    try:
        positional, keywords = names.expressions(words)
    except ValueError as error:
        raise UsageError(f"this is no Python expression: {in_one_line(str(error))}") from None
    if len(positional) > most:
        given = in_one_line(", ".join(positional))
        raise UsageError(f"at most {most} values are taken, but here are {len(positional)}: {given}")
    return [_value(shell, t) for t in positional], {k: _value(shell, t) for k, t in keywords.items()}, positional


def execute(shell: Any, source: str, cell: str) -> Any:
    """Run a cell in the user's namespace and return the value of its last expression, as `%%time` does.

    What it raises goes through: inside `run_cell` it would be swallowed, and Run All would go on.

    Args:
        shell: the IPython shell.
        source: the cell with its magics transformed; cell: as the user wrote it, for tracebacks.
    """
    __tracebackhide__ = True
    tree = shell.transform_ast(shell.compile.ast_parse(source))
    name = shell.compile.cache(source, shell.execution_count, raw_code=cell)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    try:
        exec(shell.compile(tree, name, "exec"), shell.user_ns)
        return None if last is None else eval(shell.compile(ast.Expression(last.value), name, "eval"), shell.user_ns)
    except BaseException as error:
        raise error.with_traceback(_without_ours(error.__traceback__)) from error.__cause__


def find_rate(shell: Any, options: Any) -> Any:
    """`lr_find` with the model and data on the line, or for the last fit where the line has none."""
    from keras_magic import api

    settings = ("min_lr", "max_lr", "steps", "batch_size", "fast", "seconds")
    given = {k: v for k, v in vars(options).items() if k in settings and v is not None}
    positional, keywords, words = arguments(shell, options.expressions, 3)
    line = ProgressLine()
    given["progress"] = lambda now: line(now.done, _how_far(now))
    try:
        if not positional and {"step", "data", "optimizer"} & keywords.keys():
            return call(api.lr_find, [], {k: v for k, v in {**given, **keywords}.items() if v is not False})
        if not positional:
            return _find_for_last_fit(**{**given, **keywords})
        return call(api.lr_find, positional, {"names": names.named(*words), **given, **keywords})
    finally:
        line.clear()


def _how_far(now: Any) -> str:
    left = "" if now.left is None else f", at most {spoken(now.left)} left"
    return f"learning rate {now.rate:.2g}, loss {now.loss:.4g}{left}"


def code_of_fix(wanted: str) -> str:
    """The code of a fix of the last report.

    Args:
        wanted: code or name of the finding's check; empty for the first fix.

    Raises:
        UsageError: there is no report, or no such fix in it.
    """
    from keras_magic import api

    diagnoses = [] if api.last_report is None else api.last_report.diagnoses
    findings = [f for d in diagnoses for found in d.findings for f in (found, *found.symptoms)]
    fixable = [f for f in findings if f.fix is not None]
    if not fixable:
        raise errors.UsageError("there is no fix to insert: put %%diagnose on the cell that trains, then call %fix")
    chosen = [f.fix for f in fixable if f.fix and (not wanted or wanted.lower() in (f.rule.lower(), f.name))]
    if not chosen:
        have = ", ".join(dict.fromkeys(f.rule for f in fixable))
        raise errors.UsageError(f"the last report has no fix for {wanted!r}; it has {have}")
    return str(chosen[0].code)


def _find_for_last_fit(**options: Any) -> Any:
    """`lr_find` for the fit that was diagnosed last, from the weights that it started with; the trained ones stay as they are.

    Raises:
        UsageError: no fit was diagnosed yet.
    """
    from keras_magic import api
    from keras_magic.sources.batches import training_source

    run = api.last_run
    kinds = {d.kind for d in api.last_report.diagnoses} if api.last_report is not None else set()
    if kinds == {"loop"}:
        raise errors.UsageError(
            "a loop of your own is searched through its step: %lr_find step=train_step data=dataset optimizer=opt"
        )
    if run is None:
        raise errors.UsageError("no training was diagnosed yet: give the model and its data, as in %lr_find model x y")
    same = ("batch_size", "class_weight")
    given = {name: run.fit_arguments[name] for name in same if run.fit_arguments.get(name) is not None}
    given.update(names=run.names, initial_weights=run.initial_weights)
    return api.lr_find(run.model, training_source(run), **{**given, **options})


def keep(shell: Any, options: Any, result: Any) -> None:
    """Put a result into the variable that `-o` names."""
    if options.output:
        shell.user_ns[options.output] = result


def deliver(shell: Any, report: Any, options: Any, stages: Any = None, before: Any = None) -> None:
    """Show a report as its options ask, where its `stages` hold a place for it; write it to a file, go on to repair.

    A fault of ours in here must not hide what the user's cell raised or returned: it becomes one visible line.

    Args:
        before: the last report, to be compared with this one above it, or where it is about another model the last one about the
            same; without it, what changed since that is folded away below.
    """
    try:
        if not report.diagnoses:
            if sys.exc_info()[0] is None:
                print(no_fit())
            return
        if options.quiet:
            print(report.verdict)
        else:
            _show(shell, report, stages, before)
        if options.html:
            report.to_html(options.html)
        if options.controls and notebook.in_notebook(shell):
            notebook.show(shell, report.controls())
        if getattr(options, "repair", None):
            notebook.show(shell, with_progress(report.repair)(options.repair))
    except Exception as error:
        print(
            f"KM903 keras_magic could not show its report ({type(error).__name__}: {error}). Please report this.", file=sys.stderr
        )


def _show(shell: Any, report: Any, stages: Any, before: Any) -> None:
    from keras_magic import comparison

    since = _memory().since_last(report)
    above = None
    if before is not None and before.diagnoses and comparison.same_model(before, report):
        above = comparison.compare(before, report)
    elif before is not None and since is not None:  # the last report is about another model
        above = since[1]
    finish = getattr(stages, "finish", None)
    if finish is None or not finish(report, above):
        for result in filter(None, (above, report)):
            notebook.show(shell, result)
    if before is None and since is not None and notebook.in_notebook(shell):
        from IPython.display import display

        display({"text/html": since[1].to_html(fold=since[0]), "text/plain": since[1].to_text()}, raw=True)


@lru_cache(maxsize=1)
def _memory() -> Any:
    """The last diagnosis of each model of this kernel."""
    from keras_magic.comparison import Memory

    return Memory()


def call(function: Callable[..., Any], positional: list[Any], keywords: dict[str, Any]) -> Any:
    """Call a function of the API with what stood on the line.

    Raises:
        UsageError: something is missing or given twice.
    """
    try:
        inspect.signature(function).bind(*positional, **keywords)
    except TypeError as error:
        raise UsageError(f"{error}; see %{function.__name__}?") from None
    return function(*positional, **keywords)


@contextmanager
def one_line() -> Iterator[None]:
    """Our errors of usage as one line, the way IPython's own magics say them."""
    try:
        yield
    except errors.UsageError as error:
        raise UsageError(in_one_line(str(error))) from None


def in_one_line(text: str, longest: int = 400) -> str:
    """Text as a single line of bounded length."""
    text = " ".join(text.split())
    return text if len(text) <= longest else f"{text[:longest]}…"


def _without_ours(traceback: TracebackType | None) -> TracebackType | None:
    """A traceback without the frames of keras_magic between the user's `fit` and Keras'."""
    if traceback is None:
        return None
    rest = _without_ours(traceback.tb_next)
    if Path(traceback.tb_frame.f_code.co_filename).parent.is_relative_to(_HOME):
        return rest
    return TracebackType(rest, traceback.tb_frame, traceback.tb_lasti, traceback.tb_lineno)


def _value(shell: Any, text: str) -> Any:
    try:
        return shell.ev(text)
    except Exception as error:
        raise UsageError(in_one_line(f"{in_one_line(text, 100)}: {errors.summary_of(error)}")) from None
