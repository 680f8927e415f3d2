"""The code to paste is Python, uses the user's names, and building it imports nothing heavy."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from keras_magic import fixes

ARGUMENTS = {
    "power_transform": (["income"],),
    "encode_categoricals": (["town"],),
    "drop_columns": ([0, 2],),
    "replace_sentinels": (-999.0,),
    "transpose_inputs": ((1, 0),),
    "realign_labels": (2,),
    "shift_labels": (-1,),
    "replace_loss": ("mse",),
    "set_from_logits": (True,),
    "replace_metric": ("mae",),
    "set_dropout": (0.2,),
    "set_embedding_size": (100,),
    "set_learning_rate": (0.001,),
    "set_batch_size": (32,),
    "set_epochs": (20,),
    "set_input_shape": (0, (13,)),
    "compile_model": ("binary_crossentropy",),
    "drop_layers": (["flip"],),
    "drop_callback": ("EarlyStopping",),
    "set_monitor": ("val_acc", "val_accuracy"),
    "turn_callback": ("EarlyStopping", "val_loss", "min"),
}
IN_WORDS = {"repeat_data", "new_model_per_fold"}  # what only the user's own code can change
KEYWORDS = {"bound_recurrence": {"layers": ["memory"]}, "undo_scaling": {"low": 0.0, "high": 255.0}}
NAMES = {"model": "net", "x": "X_train", "y": "labels"}


@pytest.mark.parametrize("name", fixes.__all__)
def test_code_is_python_with_the_users_names(name):
    fix = getattr(fixes, name)(*ARGUMENTS.get(name, ()), **KEYWORDS.get(name, {})).named(NAMES)
    assert fix.title == fix.title.strip().rstrip(".")
    assert (fix.transform is None) == (name in IN_WORDS)
    tree = ast.parse(fix.code)
    assert not {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} & {"x", "y"}


def test_building_a_fix_is_light():
    program = (
        "import sys, keras_magic.fixes as f; f.scale_inputs(); f.replace_head(units=3);"
        " print([m for m in ('keras', 'numpy', 'tensorflow') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_early_stopping_keeps_the_users_own_validation_data():
    names = {"model": "net", "x": "X", "y": "t", "x_val": "X_val", "y_val": "t_val"}
    assert "net.fit(X, t, validation_data=(X_val, t_val), callbacks=[stop])" in fixes.add_early_stopping().named(names).code
    assert "validation" not in fixes.add_early_stopping().code.partition("#")[0]
