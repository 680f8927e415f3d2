import keras
import numpy as np
from keras import layers

SOURCE = "synthetic (flat rows reshaped in the wrong order; SO 44164749 for the large batch, SO 37213388 for two epochs)"
TITLE = "Direction of arrival at four seismic stations: five directions, accuracy 0.2"
TRUTH = {"input-shape", "batch-size", "epochs-too-few"}
ALSO = {"learning-rate-too-low"}
TASK = "classification"
STATIONS, SAMPLES = 4, 32
DELAYS = np.array([[0, 1, 2, 3], [3, 2, 1, 0], [0, 2, 2, 0], [2, 0, 0, 2], [0, 3, 0, 3]])


def _rows(seed, n=1600):
    """One event a row as in the file: all samples of station one, then of station two and so on."""
    rng = np.random.default_rng(seed)
    direction = rng.integers(0, len(DELAYS), n)
    ground = rng.normal(0, 1, (n, SAMPLES + 8))
    ground = ground[:, 2:] + 0.8 * ground[:, 1:-1] + 0.5 * ground[:, :-2]
    x = np.stack([[ground[i, 3 - d:3 - d + SAMPLES] for d in DELAYS[k]] for i, k in enumerate(direction)])
    x = x + rng.normal(0, 1.6, x.shape)
    return (x / x.std()).reshape(n, -1).astype("float32"), direction


def _conv():
    model = keras.Sequential([
        keras.Input((SAMPLES, STATIONS)),
        layers.Conv1D(48, 5, activation="relu"),
        layers.Conv1D(48, 3, activation="relu"),
        layers.GlobalAveragePooling1D(),
        layers.Dense(32, activation="relu"),
        layers.Dense(len(DELAYS), activation="softmax"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def _run(seed, series, batch_size, epochs):
    keras.utils.set_random_seed(seed)
    rows, direction = _rows(seed)
    x = series(rows)
    return dict(model=_conv(), x=x[:1280], y=direction[:1280],
                fit=dict(epochs=epochs, batch_size=batch_size, validation_data=(x[1280:], direction[1280:])))


def _straight(rows):
    return rows.reshape(-1, SAMPLES, STATIONS)


def _by_station(rows):
    return rows.reshape(-1, STATIONS, SAMPLES).transpose(0, 2, 1)


def build(seed=0):
    return _run(seed, _straight, 1024, 2)


def fixed(seed=0):
    return _run(seed, _by_station, 32, 15)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.85)
