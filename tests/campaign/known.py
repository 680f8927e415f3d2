"""What once broke, differed or leaked, each in a few lines, as a user would write them.

`python -m tests.campaign.known [PART OF A NAME]` prints one line each, and ends with 1 where one of them does so again.
"""

from __future__ import annotations

import ast
import contextlib
import io
import os
import random
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import pandas as pd
import tensorflow as tf

import keras_magic as km
from keras_magic.errors import UsageError
from tests.campaign.parts import injected, shell
from tests.campaign.tally import HIDDEN, MARK
from tests.watch import patterns

KNOWN: dict[str, Callable[[], str]] = {}
ROWS = 40
CODE = f"id\nprint('{MARK}')#"


def known(name: str) -> Callable[[Callable[[], str]], Callable[[], str]]:
    def keep(check: Callable[[], str]) -> Callable[[], str]:
        KNOWN[name] = check
        return check

    return keep


def table(rows: int = 600) -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(0).normal(size=(rows, 4)).astype("float32")
    return x, (x[:, 0] > 0).astype("int32")


def network(features: int = 4) -> keras.Model:
    model = keras.Sequential([keras.Input((features,)), keras.layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy")
    return model


def reported(call: Callable[[], Any]) -> str:
    """A report, or one clear line; nothing else, and no warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        try:
            report = call()
        except UsageError as error:
            said = str(error).strip()
            if "\n" in said:
                raise
            return f"one line: {said}"
    assert not [f for f in report.findings if f.rule.startswith("KM9")], report.to_text()
    report.to_html(), report.to_markdown(), report.to_json()
    return f"a report with {len(report.findings)} findings"


def line(text: str, **given: Any) -> str:
    """A line in IPython: it runs, or ends with one clear line; how often it trained stands in front."""
    ran, (x, y) = shell(), table(ROWS)
    net, steps = network(), []
    net.optimizer.build(net.trainable_variables)
    ran.user_ns.update({"net": net, "X": x, "Y": y, **given})
    ran.user_ns["note"] = keras.callbacks.LambdaCallback(on_train_begin=lambda logs: steps.append(1))
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(out):
        result = ran.run_cell(text)
    error = result.error_in_exec or result.error_before_exec
    assert error is None or (type(error).__name__ == "UsageError" and "\n" not in str(error)), repr(error)
    assert "KM903" not in out.getvalue(), out.getvalue()
    return f"trained {len(steps)} times; " + (f"one line: {error}" if error else "ran")


# ---------------------------------------------------------------- injection


def _codes(report: Any) -> Iterator[str]:
    from keras_magic import cells

    for finding in report.findings:
        if finding.fix is not None:
            yield finding.fix.code
            yield cells.code_of_fix(finding.rule)


def _clean(report: Any) -> str:
    codes = list(_codes(report))
    assert codes
    assert not [code for code in codes if injected(code)], codes
    for code in codes:
        ast.parse(code)
    return f"{len(codes)} pieces of code"


@known("1 a column's name becomes code (KM214)")
def _column() -> str:
    r = np.random.default_rng(0)
    frame = pd.DataFrame({CODE: np.arange(600), "a": r.normal(size=600)})
    report = km.diagnose(network(2), frame.astype("float64"), (frame.a > 0).astype(int), epochs=2, verbose=0, seconds=0)
    return _clean(report)


@known("1 a column's name becomes code (KM203, KM213, a carriage return)")
def _others() -> str:
    r = np.random.default_rng(0)
    a = r.normal(size=600)
    frame = pd.DataFrame({CODE: 1e5 * r.normal(size=600), f"x\rprint('{MARK}')": 1.0, "a": a})  # one column drowns the other
    return _clean(km.diagnose(network(3), frame, (a > 0).astype(int), epochs=2, verbose=0, seconds=0))


@known("1 code of a repair")
def _repaired() -> str:
    r = np.random.default_rng(0)
    a = r.normal(size=600)
    frame = pd.DataFrame({CODE: 1e5 * a, "b": r.normal(size=600)})
    report = km.diagnose(network(2), frame, (a > 0).astype(int), epochs=1, verbose=0, seconds=0)
    repaired = report.repair(20)
    code = repaired.code
    assert not injected(code), code
    return f"{len(code.splitlines())} lines"


@known("1 a class's name becomes code")
def _class() -> str:
    kind = type(f"L\nprint('{MARK}')#", (keras.layers.Layer,), {"call": lambda self, x: 1.0 * x, "__module__": "__main__"})
    model = keras.Sequential([keras.Input((4,)), kind(name="own"), keras.layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy")
    x, y = table()
    return _clean(km.diagnose(model, x * [1, 1e4, 1, 1], y, epochs=1, verbose=0, seconds=0))


@known("13 hidden characters in the terminal")
def _hidden() -> str:
    x, y = table()
    frame = pd.DataFrame(x, columns=[f"a{sign}b" for sign in ("\x1b[2J", "\x07", "\x08\x00", "\u202e\u200b")])
    frame.iloc[:, 0] = 1.0
    pages = [km.audit(frame, y).to_text(color=True).replace("\x1b[", ""), str(km.audit(frame, y))]
    assert not set(HIDDEN) & set("".join(pages))
    return "none"


@known("14 names of 100 kB")
def _long() -> str:
    x, y = table()
    frame = pd.DataFrame(x, columns=[letter * 100_000 for letter in "abcd"])
    frame.iloc[:, 0] = 1.0
    report = km.audit(frame, y)
    sizes = [len(page) for page in (report.to_html(), report.to_text(), report.to_markdown())]
    assert max(sizes) < 400_000, sizes
    return f"html {sizes[0] // 1000} kB, text {sizes[1] // 1000} kB"


# ---------------------------------------------------------------- bit identity


@known("2 watching changes a training")
def _patterns() -> str:
    names = ["Dense | tanh | Dense", "Dense | sigmoid | Dense", "Dense | elu | Dense", "Dense | ELU | Dense"]
    names += ["Conv2D | ELU | Dense", "Dense | ops.tanh | Dense", "UnitNormalization | linear | Dropout", "gate | linear | Dropout"]
    part = {name: patterns.branches()[name] for name in [*names, "gate | linear | GaussianDropout"]}
    for dtype in ("float32", "mixed_float16"):
        assert patterns.differing(part, dtype=dtype) == []
    return f"{len(part)} patterns, float32 and mixed_float16: identical"


class _Drawing(keras.layers.Layer):
    def call(self, x: Any) -> Any:
        return x * float(1 + 0 * np.random.random() + 0 * random.random())  # noqa: NPY002 - what users write


@known("8 diagnose moves the random states of numpy and Python")
def _states() -> str:
    left = []
    for way in (keras.Model.fit, km.diagnose):
        keras.utils.set_random_seed(1)
        model = keras.Sequential([keras.Input((4,)), _Drawing(), keras.layers.Dense(1, activation="sigmoid")])
        model.compile("adam", "binary_crossentropy")
        way(model, *table(), epochs=2, verbose=0)
        left.append((random.getstate(), np.random.get_state()[1].tolist()))  # noqa: NPY002
    assert left[0] == left[1]
    return "as after fit"


# ---------------------------------------------------------------- other users of Keras and Python


@known("4 another library's patch of fit")
def _patched() -> str:
    plain = keras.Model.fit

    def mine(self: Any, *a: Any, **k: Any) -> Any:
        return plain(self, *a, **k)

    keras.Model.fit = mine
    try:
        with km.watch(seconds=0) as report:
            network().fit(*table(), verbose=0)
        assert keras.Model.fit is mine
    finally:
        del keras.Model.fit  # Keras inherits it
    return f"{report.diagnoses[0].facts.training.steps_done} steps"


@known("6 repair after lengths that are unequal")
def _unequal() -> str:
    x, y = table(ROWS)
    with contextlib.suppress(ValueError), km.watch(seconds=0) as report:
        network().fit(x, y[:30], verbose=0)
    return reported(lambda: report.repair(1))


class _Bad(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


@known("9 an exception whose text raises")
def _unspoken() -> str:
    def stop(*_: Any, **__: Any) -> None:
        raise _Bad

    try:
        with km.watch(seconds=0) as report:
            network().fit(*table(), verbose=0, callbacks=[keras.callbacks.LambdaCallback(on_train_batch_end=stop)])
    except _Bad:
        return f"stays {type(report.exception).__name__}"
    raise AssertionError("not raised")


@known("low: a callback that cannot be copied")
def _uncopied() -> str:
    class Own(keras.callbacks.Callback):
        def __copy__(self) -> Any:
            raise RuntimeError("no copy")

    report = km.diagnose(network(), *table(), verbose=0, callbacks=[Own()], seconds=0)
    return reported(lambda: report.repair(1))


@known("3 interrupted before the training starts")
def _early() -> str:
    def stop(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with contextlib.suppress(KeyboardInterrupt), km.watch(seconds=0) as report:
        network().fit(*table(), verbose=0, callbacks=[keras.callbacks.LambdaCallback(on_train_begin=stop)])
    assert "interrupted" in report.to_text() or "stopped" in report.to_text(), report.to_text()
    return "reported"


# ---------------------------------------------------------------- inputs

_Y = np.arange(ROWS) % 2
_X = np.random.default_rng(0).normal(size=(ROWS, 3)).astype("float32")
_LISTS = pd.DataFrame({"a": [[1, 2]] * ROWS, "b": range(ROWS)})


class _Lone:
    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return _X if dtype is None else _X.astype(dtype)


class _Interface:
    __array_interface__ = _X.__array_interface__


class _DLPack:
    __dlpack__, __dlpack_device__ = _X.__dlpack__, _X.__dlpack_device__


class _Unsaid:
    def __repr__(self) -> str:
        raise RuntimeError("no words")


def _arrow() -> Any:
    import pyarrow

    return pyarrow.table({"a": _X[:, 0], "b": _X[:, 1]}), pyarrow.array(_Y)


def _small(name: str) -> Any:
    import ml_dtypes

    return _X.astype(getattr(ml_dtypes, name))


_DATES = pd.date_range("2024", periods=ROWS)
AUDITS: dict[str, Callable[[], Any]] = {
    "3 text as bytes in a dataset": lambda: km.audit(tf.data.Dataset.from_tensor_slices((["schön"] * ROWS, _Y)).batch(8)),
    "3 text as bytes in a tensor": lambda: km.audit(tf.constant(["schön"] * ROWS), _Y),
    "3 text as bytes in an array": lambda: km.audit(np.array(["schön".encode()] * ROWS), _Y),
    "3 text as bytes in objects": lambda: km.audit(np.array(["schön".encode()] * ROWS, object), _Y),
    "3 text as bytes in y": lambda: km.audit(_X, np.array(["schön".encode(), b"b"] * (ROWS // 2), object)),
    "5 bfloat16 x": lambda: km.audit(tf.cast(_X, tf.bfloat16), _Y),
    "5 bfloat16 y": lambda: km.audit(_X, tf.cast(_Y, tf.bfloat16)),
    "5 float8 x": lambda: km.audit(_small("float8_e4m3fn"), _Y),
    "5 float8 y": lambda: km.audit(_X, _small("float8_e5m2")[:, 0]),
    "10 y with pd.NA": lambda: km.audit(_X, pd.DataFrame({"a": pd.array(["x", None] * (ROWS // 2), dtype="string")})),
    "11 a column of lists": lambda: km.audit(_LISTS, _Y),
    "15 a pyarrow table and array": lambda: km.audit(*_arrow()),
    "15 a pyarrow table in a fit": lambda: km.diagnose(network(2), *_arrow(), verbose=0, seconds=0),
    "low: sample weights of dates": lambda: km.audit(_X, _Y, sample_weight=np.asarray(_DATES)),
    "low: sample weights of objects": lambda: km.audit(_X, _Y, sample_weight=np.array([object()] * ROWS)),
    "low: class_weight a list": lambda: km.audit(_X, _Y, class_weight=[1, 2]),
    "low: class_weight text": lambda: km.audit(_X, _Y, class_weight="balanced"),
    "low: class_weight a number": lambda: km.audit(_X, _Y, class_weight=3),
    "low: y a frame without columns": lambda: km.audit(_X, pd.DataFrame(index=range(ROWS))),
    "low: a KerasTensor": lambda: km.audit(keras.Input((3,)), _Y),
    "low: __array__ alone": lambda: km.audit(_Lone(), _Y),
    "low: __array_interface__ alone": lambda: km.audit(_Interface(), _Y),
    "low: DLPack alone": lambda: km.audit(_DLPack(), _Y),
    "low: a repr that raises": lambda: km.audit(_Unsaid(), _Y),
    "low: names=3": lambda: km.audit(_X, _Y, names=3),
    "low: thresholds=4": lambda: km.audit(_X, _Y, thresholds=4),
    "low: warnings of numpy": lambda: km.audit(
        pd.DataFrame({"a": [1e300, -1e300] * (ROWS // 2), "b": [np.inf, 1.0] * (ROWS // 2)}), _Y
    ),
    "low: complex numbers": lambda: km.audit(_X.astype("complex64"), _Y, sample_weight=_Y.astype("complex64")),
}
KNOWN.update({name: lambda call=call: reported(call) for name, call in AUDITS.items()})


# ---------------------------------------------------------------- lines


@contextlib.contextmanager
def _elsewhere() -> Iterator[None]:
    here = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(here)


LINES = {
    "7 %audit X[:, -1:] Y": "%audit X[:, -1:] Y",
    "12 %lr_find net X Y epochs=3": "%lr_find net X Y epochs=3",
    "16 --html ''": "%%diagnose --seconds 0 --html ''\nnet.fit(X, Y, verbose=0, callbacks=[note])",
    "16 --html to a folder": "%%diagnose --seconds 0 --html /\nnet.fit(X, Y, verbose=0, callbacks=[note])",
    "16 --html ~nouser/x": "%%diagnose --seconds 0 --html ~nouser/x\nnet.fit(X, Y, verbose=0, callbacks=[note])",
    "16 --repair nan": "%%diagnose --seconds 0 --repair nan\nnet.fit(X, Y, verbose=0, callbacks=[note])",
    '17 %audit """ Y': '%audit """ Y',
    "17 %audit ' Y": "%audit ' Y",
    "low: -o class": "%audit X Y -o class",
    "low: -o __builtins__": "%audit X Y -o __builtins__",
}


def _lined(name: str) -> str:
    with _elsewhere():
        said = line(LINES[name])
    assert said.startswith("trained 0 times"), said  # what is refused is refused before the training
    assert said.endswith("ran") == name.startswith("7"), said
    assert shell().run_cell("len('ab')").result == 2
    return said


KNOWN.update({name: lambda name=name: _lined(name) for name in LINES})


@known("low: a learning rate from the page that is none")
def _bridge() -> str:
    from keras_magic.views import bridge

    model = network()
    result = km.lr_find(model, *table(), fast=True)
    before = float(model.optimizer.learning_rate.numpy())
    for rate in (1e300, float("nan"), -1.0, True):
        with contextlib.suppress(UsageError):
            result.apply(rate)
    said = bridge.connect("id", result.pick, result.apply)
    for message in ({"rate": None}, {"rate": True}, {"rate": "1"}, {"rate": 1e300}, {}, None):
        said._handle_custom_msg(message, [])
    assert np.isfinite(model.optimizer.learning_rate.numpy())
    assert float(model.optimizer.learning_rate.numpy()) == before
    return f"refused: {said.said}"


@known("low: signs that a font lacks")
def _glyphs() -> str:
    x, y = table()
    frame = pd.DataFrame(x * [1, 1e4, 1, 1], columns=["名前", "🙂", "größe", "ب"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", DeprecationWarning)
        page = km.audit(frame, y).to_html()
    return f"no warning, html {len(page) // 1000} kB"


def main() -> None:
    wrong, wanted = 0, sys.argv[1] if len(sys.argv) > 1 else ""
    for name, check in KNOWN.items():
        if wanted not in name:
            continue
        try:
            print(f"good  {name}: {check()}"[:300], flush=True)
        except BaseException as error:
            wrong += 1
            where = traceback.extract_tb(error.__traceback__)[-1]
            print(
                f"WRONG {name}: {type(error).__name__}: {error} ({os.path.basename(where.filename)}:{where.lineno})"[:600],
                flush=True,
            )
    print(f"{wrong} wrong")
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
