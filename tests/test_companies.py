"""Reports outside notebooks: exit codes, a pytest fixture, Markdown, and JSON by its published schema."""

from __future__ import annotations

import json
import sys
import types

import jsonschema
import pytest

from keras_magic import __main__ as command
from keras_magic.errors import FaultFound, UsageError
from keras_magic.report import Report, schema
from tests.views.builders import report

pytest_plugins = ["pytester"]

SCRIPT = """
import keras, numpy as np
rng = np.random.default_rng(0)
table = rng.normal(size=(200, 4)).astype("float32")
answer = (table[:, 0] > 0).astype("int32")
net = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(1, activation="{head}")])
net.compile(keras.optimizers.Adam(0.05), "binary_crossentropy")
net.fit(table, answer, epochs=20, verbose=0)
"""
TEST = """
import keras, numpy as np
import pytest

@pytest.mark.parametrize("head", ["softmax", "sigmoid"])
def test_learns(diagnosed, head):
    rng = np.random.default_rng(0)
    table = rng.normal(size=(200, 4)).astype("float32")
    net = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(1, activation=head)])
    net.compile(keras.optimizers.Adam(0.05), "binary_crossentropy")
    with diagnosed() as report:
        net.fit(table, (table[:, 0] > 0).astype("int32"), epochs=20, verbose=0)

def test_nothing_trained(diagnosed):
    with diagnosed():
        pass
"""


def test_raise_for_counts_the_level_and_milder_ones_do_not():
    with pytest.raises(FaultFound, match="KM") as raised:
        report().raise_for("error")
    assert raised.value.report.findings
    Report().raise_for("info")
    with pytest.raises(UsageError, match="bad"):
        report().raise_for("bad")


def test_json_follows_its_schema():
    checker = jsonschema.Draft202012Validator(schema())
    checker.check_schema(schema())
    plain = json.loads(report().to_json())
    checker.validate(plain)
    checker.validate(json.loads(Report().to_json()))
    plain["diagnoses"][0]["findings"][0]["severity"] = "bad"
    assert not checker.is_valid(plain)


def test_markdown_is_short_and_folds_the_code():
    text = report().to_markdown()
    assert text.startswith("**")
    assert len(text) < 20_000
    assert text.count("<details>") == text.count("</details>") >= 1
    assert "- Data: " in text


@pytest.mark.slow
@pytest.mark.parametrize(("head", "code"), [("softmax", 1), ("sigmoid", 0)])
def test_a_script_is_diagnosed_with_an_exit_code(tmp_path, capsys, head, code):
    script = tmp_path / "train.py"
    script.write_text(SCRIPT.format(head=head))
    target = tmp_path / "report.md"
    assert command.main(["diagnose", str(script), "--seconds", "0", "--markdown", str(target)]) == code
    assert ("ERROR" in capsys.readouterr().out) is bool(code)
    assert target.read_text("utf-8").startswith("**")


def test_a_script_that_raises_trains_nothing_or_is_not_there(tmp_path, capsys):
    script = tmp_path / "train.py"
    script.write_text("raise RuntimeError('of the user')")
    assert command.main(["diagnose", str(script)]) == 1
    assert "of the user" in capsys.readouterr().err
    script.write_text("print('no training')")
    assert command.main(["diagnose", str(script)]) == 2
    assert command.main(["diagnose", str(tmp_path / "missing.py")]) == 2
    assert "cannot be read" in capsys.readouterr().err


@pytest.mark.slow
def test_the_fixture_fails_a_test_whose_training_has_a_fault(pytester):
    pytester.makepyfile(TEST)
    result = pytester.runpytest_inprocess("-p", "no:randomly")
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(["*It will not learn like this*", "*nothing was trained inside diagnosed*"])


def test_mlflow_gets_the_report_as_artifacts(monkeypatch):
    logged, tags = {}, {}
    recorded = types.SimpleNamespace(
        log_text=lambda text, artifact_file: logged.update({artifact_file: text}), set_tag=tags.__setitem__
    )
    monkeypatch.setitem(sys.modules, "mlflow", recorded)
    report().to_mlflow()
    assert sorted(logged) == ["keras_magic/report.html", "keras_magic/report.json"]
    assert "km-report" in logged["keras_magic/report.html"]
    assert json.loads(logged["keras_magic/report.json"])["verdict"] == tags["keras_magic.verdict"] == report().verdict


def test_without_mlflow_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(UsageError, match="pip install mlflow"):
        report().to_mlflow()


def test_tensorboard_shows_the_report_as_text(tmp_path):
    from tensorflow.python.summary.summary_iterator import summary_iterator

    report().to_tensorboard(tmp_path, step=3)
    (log,) = tmp_path.iterdir()
    values = [(event.step, value) for event in summary_iterator(str(log)) for value in event.summary.value]
    ((step, value),) = values
    assert (step, value.tag) == (3, "keras_magic")
    assert value.metadata.plugin_data.plugin_name == "text"
    assert value.tensor.string_val[0].decode() == report().to_markdown()
