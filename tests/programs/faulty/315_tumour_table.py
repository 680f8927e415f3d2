import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_breast_cancer

SOURCE = "synthetic; pattern: hand-made z-score with a column that never changes"
TITLE = "Breast cancer table: loss is nan from the first batch although the csv has no gaps"
TRUTH = {"constant-feature", "nonfinite-input"}
ALSO = {"input-not-scaled", "exploding-gradient", "too-little-data"}
TASK = "binary classification"


def table():
    df, target = load_breast_cancer(return_X_y=True, as_frame=True)
    df = df.iloc[:, [0, 1, 4, 5, 7, 8, 20, 21, 24, 27]].copy()
    df["scanner"] = 3  # all images come from one device
    return df, target


def network(width):
    model = keras.Sequential([
        keras.Input((width,), name="cells"),
        layers.Dense(24, activation="gelu"),
        layers.Dropout(0.1),
        layers.Dense(1, activation="sigmoid"),
    ])
    model.compile(optimizer="nadam", loss="binary_crossentropy", metrics=["accuracy", keras.metrics.AUC(name="auc")])
    return model


def _make(seed, drop):
    keras.utils.set_random_seed(seed)
    df, target = table()
    if drop:
        df = df.drop(columns="scanner")
    df = (df - df.mean()) / df.std(ddof=0)
    order = np.random.default_rng(seed).permutation(len(df))
    return dict(model=network(df.shape[1]), x=df.iloc[order], y=target.iloc[order],
                fit=dict(epochs=25, batch_size=16, validation_split=0.25))


def build(seed=0):
    return _make(seed, drop=False)


def fixed(seed=0):
    return _make(seed, drop=True)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.9)
