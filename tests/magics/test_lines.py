"""The line magics, and one clear line for whatever is wrong on them."""

from __future__ import annotations

import pytest


def test_diagnose_looks_without_training(cell):
    before = cell("net.optimizer.iterations.numpy()").result
    ran = cell("%diagnose net X_train labels -o kept")
    assert ran.success
    assert ran.user_ns["kept"].diagnoses[0].kind == "preflight"
    assert cell("net.optimizer.iterations.numpy()").result == before


def test_diagnose_trains_when_told(cell):
    ran = cell("%diagnose --train yes --quiet --seconds 0 -o kept net X_train labels epochs=2 verbose=0")
    assert ran.success
    assert len(ran.user_ns["kept"].history.history["loss"]) == 2


def test_diagnose_raises_what_the_training_raised(cell):
    ran = cell("%diagnose --train yes --seconds 0 -o kept net X_train[:, :3] labels verbose=0")
    assert ran.error is not None
    assert ran.user_ns["kept"].exception is ran.error
    assert "Training stopped with" in ran.out


def test_audit(cell):
    ran = cell("%audit X_train[:, 1:] labels validation_data=(X_train[:50, 1:], labels[:50]) -o kept")
    assert ran.success
    assert ran.user_ns["kept"].diagnoses[0].kind == "audit"
    assert ran.user_ns["kept"].diagnoses[0].facts.data.validation is not None


def test_explain_shows_the_page(cell):
    ran = cell("%explain KM703")
    assert ran.result.text.startswith("KM703")
    assert "EarlyStopping" in cell("%explain epochs-too-many").result.text


def test_lr_find_keeps_and_applies(cell):
    ran = cell("fresh = network()\n%lr_find fresh X_train labels --fast --steps 40 --apply -o kept")
    assert ran.success
    assert float(ran.user_ns["fresh"].optimizer.learning_rate.numpy()) == pytest.approx(ran.user_ns["kept"].suggestion, rel=1e-5)
    assert "Applied: the model's learning rate is" in ran.out


def test_lr_find_alone_takes_the_last_fit(cell):
    cell("%%diagnose --quiet --seconds 0\nnet = network(); net.fit(X_train, labels, epochs=1, batch_size=16, verbose=0);")
    before = cell("net.get_weights()").result
    ran = cell("%lr_find --fast --steps 40 -o kept")
    assert ran.success
    assert ran.user_ns["kept"].model is ran.user_ns["net"]
    assert ran.user_ns["kept"].batch_size == 16
    assert cell("%lr_find --fast --steps 40 --batch-size 8 -o kept").user_ns["kept"].batch_size == 8
    assert all((a == b).all() for a, b in zip(before, cell("net.get_weights()").result, strict=True))


def test_lr_find_takes_expressions_and_all_its_options(cell):
    line = "%lr_find network() X_train[:100, :] labels[:100] batch_sizes=[16, 25] "
    result = cell(line + "--min 1e-5 --max 1 --steps 30 --batch-size 10 --fast -o kept").user_ns["kept"]
    assert (result.batch_size, [r.batch_size for _, _, r in result.variations]) == (10, [16, 25])
    assert len(result.lrs) <= 30
    assert result.lrs[0] == pytest.approx(1e-5)
    assert "learning_rate" in result.code
    data = "import tensorflow as tf\nds = tf.data.Dataset.from_tensor_slices((X_train, labels)).batch(20).repeat()\n"
    assert cell(data + "%lr_find net ds.take(50) --fast -o kept").user_ns["kept"].batch_size == 20


def test_lr_find_applies_nothing_where_no_rate_helps(cell):
    ran = cell("%lr_find net X_train*0 np.arange(200)%2 --apply -o kept")
    assert "None of the learning rates tried helps" in ran.out
    assert "To set it" not in ran.out
    assert ran.user_ns["kept"].applied is None
    assert float(ran.user_ns["net"].optimizer.learning_rate.numpy()) == pytest.approx(0.01)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("%diagnose", "missing a required argument: 'model'"),
        ("%diagnose nett X_train labels", "nett: NameError: name 'nett' is not defined"),
        ("%diagnose X_train labels", "model must be a keras.Model, but it is of type ndarray"),
        ("%diagnose net X_train labels[:5]", "x has 200 rows but y has 5"),
        ("%diagnose net X_train[:0] labels[:0]", "empty"),
        ("%diagnose net X_train labels epoch=5", "did you mean 'epochs'"),
        ("%diagnose net X_train labels labels labels", "at most 3 values are taken"),
        ("%diagnose net X_train[", "no Python expression: X_train["),
        ("%diagnose keras.Sequential([keras.layers.Input((4,)),keras.layers.Dense(1)]) X_train labels", "not compiled"),
        ("%diagnose net X_train labels --bogus", "unrecognized arguments: --bogus"),
        ("%diagnose net X_train labels --train maybe", "invalid choice: 'maybe'"),
        ("%diagnose net X_train labels --show KM999", "no check is called 'KM999'"),
        ("%diagnose net X_train labels -o 2x", "'2x' is none"),
        ("%diagnose net X_train labels --html /nowhere/at/all.html", "there is no folder '/nowhere/at'"),
        ("%%diagnose net X_train\nseen = 1", "remove 'net X_train'"),
        ("%%diagnose --bogus\nseen = 1", "unrecognized arguments: --bogus"),
        ("%audit", "missing a required argument: 'x'"),
        ("%audit np.array([[1],[2,3]],dtype=object)", "x is an array of Python objects"),
        ("%explain", "explain what?"),
        ("%explain KM9999", "there is no check 'KM9999'"),
        ("%explain epochs-to-many", "epochs-too-many"),
        ("%lr_find net", "data"),
        ("%lr_find net X_train labels --steps many", "invalid int value: 'many'"),
        ("%lr_find nett X_train labels", "nett: NameError: name 'nett' is not defined"),
        ("%lr_find keras.Sequential([keras.layers.Dense(1)]) X_train labels", "not compiled"),
        ("%lr_find net X_train labels --min 1 --max 0.1", "the wrong way round?"),
        ("%lr_find net X_train labels --steps 5", "steps must be a whole number of at least 10; got 5"),
        ("%lr_find net X_train[:0] labels[:0]", "no rows"),
        (
            "%lr_find net np.where(np.eye(200,4)==1,np.nan,X_train) labels",
            "x has NaN in 4 of 200 rows (columns 0, 1, 2 and 1 more)",
        ),
        ("%lr_find net X_train labels --min 0", "min_lr must be a positive number"),
        ("%lr_find net X_train labels --batch-size 0", "batch_size must be a whole number of at least 1; got 0"),
        ("%repair soon", "invalid float value: 'soon'"),
        ("%repair nan", "seconds must be a number of seconds; got nan"),
        ("%%diagnose --repair nan\nseen = 1", "repair must be a number of seconds; got nan"),
        ("%%diagnose --seconds -1\nseen = 1", "seconds must be a number of seconds; got -1.0"),
        ("%%diagnose --html ''\nseen = 1", "is empty"),
        ("%%diagnose --html /\nseen = 1", "'/' is a folder"),
        ("%%diagnose --html ~nobody-here/x.html\nseen = 1", "~nobody-here/x.html"),
        ("%%diagnose -o class\nseen = 1", "'class' is none"),
        ("%%diagnose -o __builtins__\nseen = 1", "'__builtins__' belongs to Python"),
        ("%%diagnose --ouput kept\nseen = 1", "did you mean --output?"),
        ("# a comment\n%%diagnose\nseen = 1", "must be the first line of its cell"),
        ('%audit """ labels', "a quote is not closed"),
        ("%audit X_train[ labels", "no Python expression: X_train[ labels"),
        ("%audit (_ for _ in ()).throw(ValueError('one\\ntwo'))", "ValueError: one"),
        ("%lr_find net X_train labels epochs=3", "lr_find has no argument 'epochs'"),
    ],
)
def test_bad_input_is_one_line(cell, line, says):
    ran = cell(line)
    assert not ran.success
    assert says in ran.out
    assert "Traceback" not in ran.out
    assert len(ran.out.strip().splitlines()) == 1
    assert "seen" not in ran.user_ns


def test_nothing_to_repair_or_to_search_yet(cell, monkeypatch):
    monkeypatch.setattr("keras_magic.api.last_run", None)
    monkeypatch.setattr("keras_magic.api.last_report", None)
    assert "UsageError: no training was diagnosed yet" in cell("%lr_find").out
    assert "UsageError: there is nothing to repair yet" in cell("%repair").out
    assert "UsageError: there is no fix to insert" in cell("%fix").out


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("%diagnose --se", "--seconds"),
        ("%%diagnose --tr", "--train"),
        ("%%diagnose --train n", "no"),
        ("%explain KM70", "KM704"),
        ("%fix KM20", "KM203"),
        ("%%diagnose --ignore KM70", "KM703"),
        ("%audit X_", "X_train"),
        ("%lr_find net X_train lab", "labels"),
        ("x = 1\n%lr_find ne", "net"),
    ],
)
def test_completion(cell, text, offered):
    from IPython.core.completer import provisionalcompleter

    with provisionalcompleter():
        assert offered in [c.text for c in cell("0").shell.Completer.completions(text, len(text))]


@pytest.mark.parametrize(
    "line", ["%%diagnose --help\nseen = 1", "%%diagnose --help", "%diagnose -h", "x = 2\n%diagnose net --help"]
)
def test_help_is_the_page_of_the_magic(cell, line):
    ran = cell(line)
    assert ran.success
    assert "--html FILE" in ran.out
    assert "write the report to this file as well" in ran.out
    assert "seen" not in ran.user_ns


def test_help_is_there(cell):
    help_text = cell("0").shell.find_line_magic("lr_find").__doc__
    assert "--batch-size" in help_text
    assert "lowest learning rate" in help_text


def test_unloading_takes_everything_away(cell):
    shell = cell("0").shell
    matchers = len(shell.Completer.custom_matchers)
    try:
        assert cell("%unload_ext keras_magic").success
        assert "not found" in cell("%audit X_train").out
        assert len(shell.Completer.custom_matchers) == matchers - 1
    finally:
        assert cell("%load_ext keras_magic").success
    assert cell("%explain KM703").success


HARD = "X_wide = X_train * [1, 50, 5000, 1e6]\nnet = network()\n"


def test_repair_from_the_cell_and_of_the_last_report(cell):
    """Through the real search: the network is left alone, and what it found is said and kept."""
    ran = cell(
        f"%%diagnose --repair 20 --seconds 0 -o kept\n{HARD}net.fit(X_wide, labels, epochs=8, validation_split=0.2, verbose=0);"
    )
    assert ran.success
    assert "Repaired with" in ran.out
    assert "To paste:" in ran.out
    assert "in short trainings" in ran.out
    before = cell("net.get_weights()").result
    again = cell("%repair 20 -o seen")
    assert again.success
    assert "Repaired with" in again.out
    repaired = again.user_ns["seen"]
    assert repaired.after > repaired.before
    assert repaired.code.splitlines()[1] in again.out
    assert all((a == b).all() for a, b in zip(before, cell("net.get_weights()").result, strict=True))
    assert cell("len(seen.run.fit(verbose=0).history['loss'])").result >= 8


def test_fix_puts_the_code_into_the_next_cell(cell):
    ran = cell(f"%%diagnose --seconds 0 --quiet --controls -o kept\n{HARD}net.fit(X_wide, labels, epochs=2, verbose=0);")
    assert ran.success, "controls are left out where there is no notebook"
    first = next(f for f in ran.user_ns["kept"].findings if f.fix)
    for line in ("%fix", f"%fix {first.rule.lower()}", f"%fix {first.name}"):
        cell("0").shell.rl_next_input = None
        assert cell(line).success
        code = cell("0").shell.rl_next_input
        assert "..." not in code, "it runs as it stands"
        assert "net.fit(X_wide, labels, epochs=2" in code
    assert cell(code).success
    assert f"the last report has no fix for 'KM999'; it has {first.rule}" in cell("%fix KM999").out
