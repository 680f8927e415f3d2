"""A real IPython shell with the extension and a small network in its namespace."""

from __future__ import annotations

import contextlib
from types import SimpleNamespace

import pytest
from IPython.core.interactiveshell import InteractiveShell

SETUP = """
import keras
import numpy as np

keras.utils.set_random_seed(0)
X_train = np.random.default_rng(0).normal(size=(200, 4)).astype("float32")
labels = (X_train[:, 0] > 0).astype("int32")


def network():
    layers = [keras.layers.Input((4,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1, activation="sigmoid")]
    net = keras.Sequential(layers)
    net.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
    return net


net = network()
"""


@pytest.fixture(scope="session")
def _shell(tmp_path_factory):
    import os

    os.environ["IPYTHONDIR"] = str(tmp_path_factory.mktemp("ipython"))
    shell = InteractiveShell.instance()
    shell.colors = "nocolor"
    shell.run_line_magic("load_ext", "keras_magic")
    assert shell.run_cell(SETUP).success
    return shell


@pytest.fixture
def cell(_shell, capsys):
    """Run a cell as a user would; gives .success, .result, .error, .out (all that was printed) and .user_ns."""

    def run(source: str) -> SimpleNamespace:
        capsys.readouterr()
        ran = _shell.run_cell(source)
        printed = capsys.readouterr()
        error = ran.error_in_exec or ran.error_before_exec
        return SimpleNamespace(
            success=ran.success, result=ran.result, error=error, out=printed.out + printed.err, user_ns=_shell.user_ns, shell=_shell
        )

    yield run
    for name in ("kept", "seen", "history"):
        with contextlib.suppress(KeyError):
            del _shell.user_ns[name]
