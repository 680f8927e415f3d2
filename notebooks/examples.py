"""What the code blocks of the pages take for granted, and the functions that run them.

The examples `Bad` and `Good` of a check are a line or two. Each runs after `PRELUDE` and after the lines that `SETUP` has for its check; the
site shows both. `RAISES` names the examples that end in an exception, and which one. The blocks of a page in Markdown run in order, as the cells of a notebook,
after the lines that `PAGES` has for it. The blocks of `zoo.md` are run by `build.py zoo`.
"""

from __future__ import annotations

import ast
import contextlib
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PRELUDE = '''
import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from keras import ops
from keras.layers import LSTM, Embedding
from keras.utils import pad_sequences
from sklearn.model_selection import GroupShuffleSplit, KFold, train_test_split
from sklearn.preprocessing import LabelEncoder, PowerTransformer, StandardScaler

rng = np.random.default_rng(0)
rows, features, loss = 40, ["income", "age", "share"], "binary_crossentropy"
df = pd.DataFrame({"income": rng.lognormal(10, 1, rows), "age": rng.integers(18, 90, rows).astype(float), "share": rng.uniform(0, 1, rows)})
x, y = rng.normal(size=(rows, 3)).astype("float32"), np.tile([0, 1], rows // 2)
x_train, x_val, y_train, y_val = x[:32], x[32:], y[:32], y[32:]
scaler = StandardScaler()


def build(width=3, units=1, activation="sigmoid", loss=loss):
    model = keras.Sequential([keras.Input((width,)), keras.layers.Dense(4), keras.layers.Dense(units, activation=activation)])
    model.compile("adam", loss)
    return model


model = build()
'''

_TABLE = 'df["label"] = y'
_CITIES = 'cities, city = ["Rome", "Oslo"], keras.Input((1,), dtype="string")\nx_train = {"city": np.array([["Rome"], ["Oslo"]])}'
_PARTS = """def windows(series, length, step=1):
    return np.stack([series[i : i + length] for i in range(0, len(series) - length + 1, step)])


recording, cut, y = rng.normal(size=1000).astype("float32"), 800, np.zeros(28)"""
_WEIGHTED = """labels = rng.integers(0, 3, (rows, 3)) // 2
model = build(units=3)


def weighted_binary_crossentropy(true, pred):
    true = ops.cast(true, pred.dtype)
    return -ops.mean(10 * true * ops.log(pred + 1e-7) + (1 - true) * ops.log(1 - pred + 1e-7), axis=-1)"""
_PICTURES = 'images, x = rng.integers(0, 256, (rows, 8, 8)), rng.normal(size=(rows, 3, 32, 32))'
_TAPE = """optimizer, loss_fn, y = keras.optimizers.Adam(), keras.losses.BinaryCrossentropy(), y[:, None]
with tf.GradientTape(persistent=True) as tape:
    loss = loss_fn(y, model(x, training=True))"""
_NETWORKS = """encoder, decoder, generator, discriminator, q_net = (build(3, 3), build(3, 3), build(3, 3), build(), build())
target_net, step = keras.models.clone_model(q_net), 500"""
_STEP = """dataset = tf.data.Dataset.from_tensor_slices((x, y[:, None])).batch(8)
accuracy, batch = keras.metrics.BinaryAccuracy(), (x, y)


@tf.function
def train_step(x, y):
    return model(x)"""
_BATCHES = """from types import SimpleNamespace as Batches

part, self = slice(0, 8), Batches(x=x, y=y, indices=rng.permutation(rows))  # of a PyDataset, in __getitem__
xs, ys = (tf.data.Dataset.from_tensor_slices(values) for values in (x, y))"""
_UNBALANCED = "reconstruction, kl = ops.ones((8, 784)), ops.ones((8, 2))"
_CLASSES = "y = rng.integers(0, 3, rows)\nmodel = build(units=3, activation='softmax')"
_BASE = 'base = build(3, 3)\nmodel = keras.Sequential([base, keras.layers.Dense(1, activation="sigmoid")])\nmodel.compile("adam", loss)'

#: code of a check -> lines that its two examples start from
SETUP = {
    "KM101": "df = df.mask(rng.random(df.shape) < 0.1)",
    "KM102": 'df["label"] = labels = y',
    "KM103": 'df["country"] = "Germany"',
    "KM104": 'df["city"] = rng.choice(["Rome", "Oslo", "Bonn"], rows)\nmodel = build(4)',
    "KM105": 'df["churn"] = rng.choice(["Yes", "No"], rows)',
    "KM107": "x_sorted, y_sorted = x[np.argsort(y)], np.sort(y)",
    "KM108": _TABLE,
    "KM110": "export_march, export_april, table = df[:20], df[20:], df",
    "KM111": "def oversample(x, y):\n    return np.concatenate([x, x[y == 1]]), np.concatenate([y, y[y == 1]])",
    "KM112": 'df["label"] = df["label_code"] = y',
    "KM114": "w = rng.uniform(0.1, 1, rows)\nlog_p = np.log(w)",
    "KM115": _PICTURES,
    "KM116": _PICTURES,
    "KM117": 'df["day"] = range(1, rows + 1)',
    "KM118": "x = [[4, 8, 1], [3, 2]]",
    "KM119": "def load(file):\n    return np.load(file)",
    "KM120": 'train, val = pd.DataFrame({"kind": ["a", "b", "c"] * 10}), pd.DataFrame({"kind": ["a", "b"] * 4})\ny = y[:30]',
    "KM121": 'df["danger"] = rng.choice(["low", "moderate", "high"], rows)',
    "KM122": _PARTS,
    "KM123": "patient = np.repeat(range(8), 5)",
    "KM124": "image = mask = rng.uniform(size=(8, 8))",
    "KM125": 'train, val = pd.DataFrame({"label": ["no", "yes"] * 4}), pd.DataFrame({"label": ["yes"] * 4})',
    "KM126": "series = rng.normal(size=100)",
    "KM127": _WEIGHTED,
    "KM128": _WEIGHTED,
    "KM132": "from sklearn.feature_selection import SelectKBest\n\nx = rng.normal(size=(rows, 60))",
    "KM133": _BATCHES,
    "KM135": _BATCHES,
    "KM136": 'train = val = pd.DataFrame({"city": rng.choice(["Rome", "Oslo", "Bonn"], rows)})',
    "KM137": """from keras.layers import TextVectorization

texts = train_texts = np.array([f"{word} room" for word in rng.choice(["cosy", "cold", "loud"], rows)])
val_texts = texts[:20]
vectorizers = (TextVectorization(), TextVectorization())
for own, part in zip(vectorizers, (train_texts, val_texts)):
    own.adapt(part)""",
    "KM134": "from types import SimpleNamespace as Environment\n\nstate, action, memory = 0, 1, []\n"
    "env = Environment(step=lambda action: (1, 0.0, False))",
    "KM204": 'df["region_code"] = rng.integers(0, 12, rows)',
    "KM208": 'a = pd.DataFrame({"id": [1, 2], "age": [30, 40]})\nb = pd.DataFrame({"id": [1, 2], "age": [31, 40], "pay": [5, 6]})',
    "KM209": "price = rng.uniform(120_000, 900_000, rows)\nmodel = build(activation=None, loss='mse')",
    "KM210": "scaler.fit(x_train)",
    "KM211": 'df["celsius"] = rng.normal(15, 5, rows)\ndf["fahrenheit"] = 32 + 1.8 * df["celsius"]',
    "KM214": 'df["churn"], df["customer_id"] = y, range(1000, 1000 + rows)',
    "KM217": _CITIES,
    "KM219": _CITIES,
    "KM310": "def build_encoder():\n    return build(3, 8)",
    "KM311": _BASE,
    "KM327": "attention = keras.layers.MultiHeadAttention(2, 8)\nids, h = np.array([[4, 8, 1, 0], [3, 2, 0, 0]]), rng.normal(size=(2, 4, 8))",
    "KM328": "attention, h = keras.layers.MultiHeadAttention(2, 8), rng.normal(size=(2, 4, 8))",
    "KM390": "x = rng.normal(size=(rows, 5, 40))",
    "KM325": "x = rng.normal(size=(rows, 6, 128))",
    "KM380": _TAPE,
    "KM403": _CLASSES,
    "KM417": "self, y = model, tf.constant(y.astype('float32'))",
    "KM420": _UNBALANCED,
    "KM480": "y = y.astype('float32')",
    "KM482": _STEP,
    "KM483": _UNBALANCED,
    "KM484": "reconstruction, kl = ops.ones((8,)), ops.ones((8, 2))",
    "KM506": "build_model = build",
    "KM560": "a, b = ops.ones((2, 3)), ops.ones((2, 3))",
    "KM558": "true, pred = ops.one_hot(y, 2), ops.ones((rows, 2))",
    "KM580": "y, logits = ops.one_hot(y, 2), ops.ones((rows, 2))\np = tf.nn.softmax(logits)",
    "KM605": "steps_per_epoch = 100",
    "KM680": _TAPE,
    "KM681": _TAPE,
    "KM682": "reward, baseline = tf.constant([1.0]), 0.4",
    "KM683": _NETWORKS,
    "KM684": _TAPE,
    "KM685": _NETWORKS,
    "KM687": f"{_TAPE}\nvariables, micro_batches = model.trainable_variables, 4\ntotal = gradients = tape.gradient(loss, variables)",
    "KM688": _NETWORKS,
    "KM707": "def batches():\n    for _ in range(32):\n        yield x, y",
    "KM690": f"{_TAPE}\nvariables, step = model.trainable_variables, 4\ntotals = [tf.Variable(tf.zeros_like(v)) for v in variables]",
    "KM691": "totals, step_count = [tf.Variable(tf.zeros_like(v)) for v in model.trainable_variables], tf.Variable(0)",
    "KM780": f"{_STEP}\n\n\ndef train_step(batch, step):\n    return step\n\n\nstep = 3",
    "KM902": "def endless():\n    while True:\n        yield x, y\n\n\nendless_generator = endless()",
}

#: examples that end in an exception: (code, section) -> its type
RAISES: dict[tuple[str, str], type[Exception]] = {
    ("KM104", "Bad"): ValueError,
    ("KM120", "Bad"): ValueError,
    ("KM320", "Bad"): ValueError,
    ("KM403", "Bad"): ValueError,
}

_UNSCALED = """
import keras
import numpy as np

keras.utils.set_random_seed(0)
x = np.random.default_rng(0).normal(size=(400, 5)) * [1, 10, 100, 1000, 10000]
y = (x[:, 0] > 0).astype("int32")
x_train, x_val, y_train, y_val = x[:300], x[300:], y[:300], y[300:]
model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(16, activation="relu"), keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])


def train_everything():
    model.fit(x_train, y_train, epochs=2, verbose=0)
"""

#: page -> lines that its blocks start from: a model, and data whose columns are not scaled
PAGES = {"README.md": _UNSCALED, "notebooks/index.md": _UNSCALED}


def blocks(page: str) -> list[str]:
    """The Python code blocks of a page in Markdown."""
    return re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)


def as_notebook(name: str) -> Any:
    """The code blocks of a page as a notebook, after their beginning."""
    import nbformat

    page = (Path(__file__).parent.parent / name).read_text("utf-8")
    cells = [nbformat.v4.new_code_cell(source.strip()) for source in (PAGES[name], *blocks(page))]
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})


def is_code(text: str) -> bool:
    """An example in Python, not in words."""
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def run(code: str, section: str, text: str) -> None:
    """Run an example after its beginning: two epochs are enough to see that it runs, and no pretrained weights are downloaded.

    Raises:
        AssertionError: it raises what `RAISES` does not name, or raises nothing where `RAISES` names something.
    """
    space: dict[str, Any] = {}
    expected = RAISES.get((code, section))
    with contextlib.redirect_stdout(io.StringIO()), _beginning():
        exec(PRELUDE, space)
        exec(SETUP.get(code, ""), space)
        try:
            exec(re.sub(r"epochs=\d+", "epochs=2", text), space)
        except Exception as error:
            assert expected is not None, f"{code} {section} raised {type(error).__name__}: {error}"
            assert isinstance(error, expected), f"{code} {section} raised {type(error).__name__} instead of {expected.__name__}: {error}"
        else:
            assert expected is None, f"{code} {section} should raise {expected.__name__}"


@contextlib.contextmanager
def _beginning() -> Iterator[None]:
    """Keras as it is after an import, and the applications of Keras with random weights, which needs no network."""
    import keras
    import tensorflow as tf

    names = ("MobileNetV2", "EfficientNetB0")
    originals = {name: getattr(keras.applications, name) for name in names}
    policy, eager = keras.mixed_precision.dtype_policy(), tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)  # a step or two each: tracing them takes longer
    for name, original in originals.items():
        setattr(keras.applications, name, lambda original=original, **options: original(**{**options, "weights": None}))
    try:
        yield
    finally:
        keras.mixed_precision.set_global_policy(policy)
        tf.config.run_functions_eagerly(eager)
        for name, original in originals.items():
            setattr(keras.applications, name, original)
        keras.backend.clear_session(free_memory=False)
