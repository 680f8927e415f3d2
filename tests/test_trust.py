"""What a user relies on without reading it: nothing of theirs is moved, and nothing leaves the machine."""

from __future__ import annotations

import functools
import os
import random
import socket
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras.src.backend.common import global_state

import keras_magic as km
from keras_magic.errors import UsageError


class Drawing(keras.layers.Layer):
    """Draws from Python's and numpy's own generators wherever it is called."""

    def call(self, x: Any) -> Any:
        return x * float(1 + 0 * np.random.random() + 0 * random.random())  # noqa: NPY002 - what users write


def table() -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(0).normal(size=(120, 4)).astype("float32")
    return x, (x[:, 0] > 0).astype("int32")


def network() -> keras.Model:
    model = keras.Sequential([keras.Input((4,)), Drawing(), keras.layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy")
    return model


def states() -> tuple[Any, ...]:
    counters = dict(global_state.get_global_attribute("object_name_uids"))
    return random.getstate(), np.random.get_state()[1].tolist(), counters  # noqa: NPY002


@pytest.mark.parametrize("seconds", [0, 5])
def test_diagnose_leaves_random_states_and_counters_of_names_as_fit_does(seconds):
    left = []
    for train in (keras.Model.fit, functools.partial(km.diagnose, seconds=seconds)):
        keras.backend.clear_session()
        keras.utils.set_random_seed(1)
        model = network()
        train(model, *table(), epochs=2, verbose=0)
        left.append((states(), [w.tobytes() for w in model.get_weights()]))
    assert left[0] == left[1]


def test_an_exception_that_cannot_be_told_stays_the_users():
    class Bad(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no words")

    class Raises(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            raise Bad

    x, y = table()
    with pytest.raises(Bad), km.watch(seconds=0) as report:
        network().fit(x, y, verbose=0, callbacks=[Raises()])
    assert isinstance(report.exception, Bad)
    assert "Bad" in report.to_text()


LEAVING = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.mkdir")
#: TensorFlow puts the functions of every training that it compiles into files of these names, for tracebacks.
TENSORFLOWS = (tempfile.gettempdir(), str(Path(tempfile.gettempdir(), "__autograph_generated_file")))
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
listening: list[list[tuple[str, str]]] = []


def hear(event: str, args: tuple[Any, ...]) -> None:
    if listening and (event.startswith(LEAVING) or (event == "open" and args[2] & WRITING and not _of_others(str(args[0])))):
        listening[-1].append((event, str(args[0])))


def _of_others(path: str) -> bool:
    return path == TENSORFLOWS[0] or path.startswith(TENSORFLOWS[1]) or "__pycache__" in path


@functools.cache
def hearing() -> None:
    """Python tells `hear` what it does from now on; nothing can end that."""
    sys.addaudithook(hear)


@pytest.fixture
def done_outside():
    """What this test does beyond its process: connections, programs started, folders made, files opened to write."""
    hearing()
    listening.append([])
    yield listening[-1]
    listening.pop()


def test_no_connection_is_opened_and_only_the_report_is_written(tmp_path, done_outside):
    x, y = table()
    x[:, 1] *= 1000
    model = network()
    km.audit(x, y).to_html()
    done_outside.clear()  # what libraries write when they are first used is theirs
    report = km.diagnose(model, x, y, epochs=2, verbose=0, seconds=3)
    km.audit(x, y)
    km.lr_find(model, x, y, fast=True)._repr_html_()
    report.repair(3)
    page = report.to_html(tmp_path / "report.html")
    assert done_outside == [("open", str(tmp_path / "report.html"))]
    for what in ("http://", "https://", "<script src", "<link"):
        assert what not in page.replace("http://www.w3.org", "").replace("https://www.w3.org", ""), what


def test_a_connection_would_be_noticed(done_outside):
    socket.socket().close()
    assert [event for event, _ in done_outside] == ["socket.__new__"]


def test_one_watch_in_two_threads():
    watch, raised = km.Watch(), []

    def train(model: keras.Model) -> None:
        try:
            model.fit(*table(), epochs=3, verbose=0, callbacks=[watch])
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=train, args=(network(),)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert raised == []
    assert watch.facts.losses


class NoCopy(keras.callbacks.Callback):
    def __copy__(self) -> Any:
        raise RuntimeError("no copy")


def test_what_cannot_be_repaired_is_one_clear_line():
    x, y = table()
    with pytest.raises(ValueError, match="cardinality"), km.watch(seconds=0) as unequal:
        network().fit(x, y[:90], verbose=0)
    with pytest.raises(UsageError, match="have 90, 120 rows"):
        unequal.repair(1)
    uncopied = km.diagnose(network(), x * [1, 1000, 1, 1], y, verbose=0, callbacks=[NoCopy()], seconds=0)
    with pytest.raises(UsageError, match="NoCopy cannot be copied: RuntimeError: no copy"):
        uncopied.repair(1)


@pytest.mark.parametrize("option", [{"thresholds": 4}, {"select": 3}, {"names": 3}])
def test_options_of_another_kind_are_one_clear_line(option):
    call = km.audit if "names" not in option else lambda *data, **given: km.diagnose(network(), *data, **given)
    with pytest.raises(UsageError, match=r"must be a dict|take codes"):
        call(*table(), **option)


def batches(number=20):
    """A generator as users write it; each batch holds its number."""
    for index in range(number):
        yield np.full((8, 4), index + 1, "float32"), np.arange(8) % 2


class Seen(keras.layers.Layer):
    """Keeps the numbers of the batches that steps train on."""

    def build(self, shape: Any) -> None:
        self.numbers = self.add_weight(shape=(20,), initializer="zeros", trainable=False)
        self.count = self.add_weight(shape=(), dtype="int32", initializer="zeros", trainable=False)

    def call(self, x: Any, training: bool = False) -> Any:
        if training:
            self.numbers.assign_add(keras.ops.one_hot(self.count, 20) * x[0, 0])
            self.count.assign_add(1)
        return x


def of_generators() -> keras.Model:
    model = keras.Sequential([keras.Input((4,)), Seen(), keras.layers.Dense(1, activation="sigmoid")])
    model.compile("sgd", "binary_crossentropy")
    return model


def test_trainings_on_one_generator_go_on_where_the_one_before_ended():
    """What Keras has fetched ahead of the first is lost to the second, as in plain trainings; nothing comes twice."""
    model, given = of_generators(), batches(10**6)
    with km.watch(seconds=0):
        for _ in range(2):
            model.fit(given, steps_per_epoch=4, verbose=0)
    numbers = model.layers[0].numbers.numpy()[:8]
    assert numbers[:4].tolist() == [1, 2, 3, 4]
    assert (np.diff(numbers) > 0).all()


def test_of_a_generator_no_more_is_read_than_the_training_takes():
    report = km.diagnose(of_generators(), batches(), steps_per_epoch=3, epochs=2, verbose=0, seconds=0)
    assert report.diagnoses[-1].facts.data.rows == 6 * 8
    assert "read ahead" not in report.to_text()
    whole = km.diagnose(of_generators(), batches(), verbose=0, seconds=0)
    assert whole.diagnoses[-1].facts.training.steps_done == 20
    looked_at = km.diagnose(of_generators(), batches(), train=False)
    assert "Batches that were read ahead of the generator (20) are kept with this report" in looked_at.to_text()
