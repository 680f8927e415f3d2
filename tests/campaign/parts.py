"""The parts of the campaign that bring data, lines and names: each attempt is made from its seed alone."""

from __future__ import annotations

import ast
import contextlib
import functools
import io
import os
import random
import tempfile
from typing import Any

import keras
import numpy as np
import pandas as pd
import tensorflow as tf

import keras_magic as km
from tests.campaign.tally import HIDDEN, MARK, ROWS, Tally, small, states, warned
from tests.campaign.trained import interrupts, models

__all__ = ["injected", "inputs", "interrupts", "lines", "models", "names"]

NAMES = (
    "age",
    "größe",
    "名前",
    "a b",
    "id\nprint('KM_INJECTED')#",
    "x\rprint('KM_INJECTED')",
    "'+print('KM_INJECTED')+'",
    '"""\nprint("KM_INJECTED")\n"""',
    "<script>KM_INJECTED</script>",
    "```\nKM_INJECTED",
    f"h{HIDDEN}d",
    "\x1b[2J\x1b]0;KM_INJECTED\x07",
    "{KM_INJECTED}",
    "%s %d {0}",
    "\\",
    "n" * 20_000,
)
LONG = "n" * 1000  # more than any view shows of one name


# ---------------------------------------------------------------- generated inputs


def _column(r: random.Random, g: np.random.Generator) -> Any:
    pick = r.randrange(15)
    numbers = g.normal(size=ROWS)
    objects = np.empty(ROWS, object)
    objects[:] = [r.choice([None, 1, 2.5, "x", b"\xc3\xb6", pd.NA, (1, 2), "NaN"]) for _ in range(ROWS)]
    return [
        lambda: numbers,
        lambda: numbers.astype(r.choice(["float16", "float32", "int8", "uint8", "bool", "complex64"])),
        lambda: np.where(g.random(ROWS) < 0.2, r.choice([np.nan, np.inf, -np.inf, 1e300]), numbers),
        lambda: np.full(ROWS, r.choice([0, 1, -1e30, np.nan])),
        lambda: np.array([r.choice(["a", "ö", "", "1"]) for _ in range(ROWS)]),
        lambda: np.array([r.choice(["a", "ö"]).encode() for _ in range(ROWS)]),
        lambda: objects,
        lambda: pd.array([r.choice([1, None]) for _ in range(ROWS)], dtype="Int64"),
        lambda: pd.Categorical([r.choice("abc") for _ in range(ROWS)]),
        lambda: pd.date_range("2024", periods=ROWS),
        lambda: pd.array([r.choice(["x", None]) for _ in range(ROWS)], dtype="string"),
        lambda: g.integers(0, 2, ROWS),
        lambda: g.integers(-(2**62), 2**62, ROWS),
        lambda: pd.to_timedelta(np.arange(ROWS), "h"),
        lambda: numbers.cumsum(),
    ][pick]()


def _array(r: random.Random, g: np.random.Generator) -> Any:
    shape = (r.choice([ROWS, ROWS, ROWS, 0, 1, ROWS - 1]), *[r.choice([1, 2, 3, 8]) for _ in range(r.choice([0, 1, 1, 2, 3]))])
    array = g.normal(size=shape) * r.choice([1, 255, 1e-9])
    return r.choice(
        [
            lambda: array,
            lambda: array.astype("float32"),
            lambda: array.astype(r.choice(["int32", "uint8", "bool", "float16"])),
            lambda: tf.constant(array.astype("float32")),
            lambda: tf.cast(array, r.choice([tf.bfloat16, tf.float16, tf.int64])),
            lambda: array.tolist(),
            lambda: pd.DataFrame({r.choice(NAMES) + str(i): _column(r, g) for i in range(r.randint(1, 4))}),
            lambda: pd.Series(_column(r, g), name=r.choice(NAMES)),
            lambda: {r.choice(NAMES): array, "b": array},
            lambda: (array, array),
            lambda: tf.data.Dataset.from_tensor_slices((array, np.arange(len(array)) % 2)).batch(8),
            lambda: ((array[i : i + 8], np.arange(len(array[i : i + 8])) % 2) for i in range(0, ROWS, 8)),
            lambda: iter([(array, np.arange(len(array)) % 2)]),
            lambda: np.ma.masked_invalid(array),
            lambda: keras.Input((3,)),
            lambda: r.choice([None, 3, "x", object(), [], {}]),
        ]
    )()


def inputs(seed: int, tally: Tally) -> None:
    """An audit of generated data, seen in every view."""
    r, g = random.Random(seed), np.random.default_rng(seed)
    x, y = _array(r, g), r.choice([lambda: _array(r, g), lambda: _column(r, g), lambda: np.arange(ROWS) % 2, lambda: None])()
    options: dict[str, Any] = r.choice([{}, {}, {"sample_weight": _column(r, g)}, {"class_weight": r.choice([[1], "a", {0: 2.0}])}])
    before, kept = states(), repr(x)[:2000]
    with warned(tally, seed):
        report = km.audit(x, y, **options)
        _look(report, seed, tally)
    if states() != before or repr(x)[:2000] != kept:
        tally.note("differing bits", seed, "random state or data moved")
    if hasattr(x, "__next__") and "kept with this report" not in report.to_text():
        tally.note("differing bits", seed, "batches of an iterator are gone")


def _look(report: Any, seed: int, tally: Tally) -> None:
    broken = [f.message for f in report.findings if f.rule.startswith("KM9")]
    if broken:
        tally.note("tracebacks", seed, broken[0])
    pages = {"html": report.to_html(), "text": report.to_text(), "markdown": report.to_markdown(), "repr": repr(report)}
    pages |= report._repr_mimebundle_()
    report.to_json()
    coded = any(LONG in finding.fix.code for finding in report.findings if finding.fix)  # code needs the name as it is
    for name, page in pages.items():
        if set(HIDDEN) & set(page):
            tally.note("injected", seed, f"hidden characters in {name}")
        if "html" in name and f"<script>{MARK}" in page:
            tally.note("injected", seed, f"a tag of a name in {name}")
        if LONG in page and not coded:
            tally.note("injected", seed, f"a name of {len(NAMES[-1])} characters in {name}")
    for finding in report.findings:
        if finding.fix is not None and injected(finding.fix.code):
            tally.note("injected", seed, f"code of {finding.rule}")
    if not broken:
        tally.note("fine", seed)


def injected(code: str) -> bool:
    """Whether a name has become a statement or an expression of the code, beyond text and comments."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return MARK in code
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"]
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == MARK]
    return bool(names) or any(MARK in ast.dump(node) for call in calls for node in call.args)


# ---------------------------------------------------------------- lines of magics

WORDS = (
    *("net", "X", "Y", "X[:, -1:]", "Y[:5]", "X,", "epochs=1", "verbose=0", "validation_split=0.2", "batch_size=8", "--quiet"),
    *("--html", "''", "/", "-o", "class", "kept", "__builtins__", "--show", "KM2", "--ignore", "KM999", "--ouput", "--help", '"""'),
    *("'", "X[", ")", "lambda: 1", "nope", "1/0", "{}", "--seconds", "nan", "0", "1e400", "ö", "\\", "$HOME", "class_weight=[1]"),
)


@functools.cache
def shell() -> Any:
    """An IPython shell with the extension."""
    from IPython.core.interactiveshell import InteractiveShell

    made = InteractiveShell.instance()
    made.colors = "nocolor"
    made.run_line_magic("load_ext", "keras_magic")
    return made


@functools.cache
def variables() -> dict[str, Any]:
    """What the lines name; a line may put its report in place of any."""
    x = np.random.default_rng(0).normal(size=(ROWS, 4)).astype("float32")
    return {"net": small(), "X": x, "Y": (x[:, 0] > 0).astype("int32"), "np": np}


def lines(seed: int, tally: Tally) -> None:
    """A magic with generated words after it."""
    r = random.Random(seed)
    magic = r.choice(["audit", "audit", "diagnose", "lr_find --fast", "explain", "fix", "repair 0.1", "%diagnose --seconds 0"])
    data = {"a": "X Y", "d": "net X Y", "l": "net X Y", "%": ""}.get(magic[0], "") if r.random() < 0.6 else ""
    words = " ".join([data, *(r.choice(WORDS) for _ in range(r.choice([0, 1, 1, 2, 5])))])
    ran, net = shell(), variables()["net"]
    ran.user_ns.update(variables())
    before, weights = states(), [w.tobytes() for w in net.get_weights()]
    here = os.getcwd()
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(out), tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            result = ran.run_cell(f"%{magic} {words}" + ("\nseen = 1" if magic.startswith("%") else ""))
        finally:
            os.chdir(here)
    if states() != before or weights != [w.tobytes() for w in net.get_weights()]:
        tally.note("differing bits", seed, f"%{magic} {words}")
    error = result.error_in_exec or result.error_before_exec
    if error is None:
        tally.note("fine", seed)
    elif type(error).__name__ == "UsageError" and len(str(error)) < 1000 and "\n" not in str(error):
        tally.note("clean errors", seed)
    else:
        tally.note("tracebacks", seed, f"%{magic} {words}: {type(error).__name__}: {error}")


# ---------------------------------------------------------------- hostile names


def names(seed: int, tally: Tally) -> None:
    """A fit on a frame whose columns, with a network whose classes, have hostile names; every view and every piece of code."""
    r, g = random.Random(seed), np.random.default_rng(seed)
    chosen = r.sample(NAMES, 3)
    label = g.integers(0, 2, 300)
    frame = pd.DataFrame({chosen[0]: label * 1e4, chosen[1]: g.normal(size=300), chosen[2]: 1.0})
    if r.random() < 0.5:
        frame[chosen[1]] = np.arange(300.0)
    layer, called, loss = (_renamed(kind, r.choice(NAMES)) for kind in (_Passing, keras.callbacks.Callback, _Loss))
    model = keras.Sequential([keras.Input((3,)), layer(name="passing"), keras.layers.Dense(1, activation="sigmoid")])
    model.compile("adam", loss(name="own"), metrics=[_renamed(keras.metrics.BinaryAccuracy, r.choice(NAMES))(name="right")])
    with warned(tally, seed):
        given = {"epochs": 1, "verbose": 0, "seconds": 0, "callbacks": [called()]}
        report = km.diagnose(model, frame, label, **given)
        _look(report, seed, tally)
    from keras_magic import cells

    for finding in report.findings:
        if finding.fix is not None and injected(cells.code_of_fix(finding.rule)):
            tally.note("injected", seed, f"%fix {finding.rule}")


class _Passing(keras.layers.Layer):
    def call(self, x: Any) -> Any:
        return 1.0 * x


class _Loss(keras.losses.BinaryCrossentropy):
    pass


def _renamed(kind: type, name: str) -> type:
    """A class of the user's own with this name."""
    return type(kind)(name.replace("\x00", ""), (kind,), {"__module__": "__main__", "__qualname__": name.replace("\x00", "")})
