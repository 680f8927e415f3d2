# %% [markdown]
# # Good or bad batch? Runs of a reactor with different length
# Four channels per minute. The runs are padded to the longest one, the LSTM masks the padding.

# %%
import numpy as np
import keras
from keras import layers
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(8)

PARAMS = {"units": 24, "dropout": 0.1, "lr": 3e-3, "batch": 64, "epochs": 15}
CHANNELS = ["temperature", "pressure", "stirrer", "ph"]


def reactor_run(rng):
    """In a good run the exotherm comes before the acid is dosed, in a bad one after it."""
    n = int(np.clip(rng.gamma(4.0, 7.0), 16, 45)) if rng.random() > 0.03 else int(rng.integers(90, 130))
    good = rng.random() < 0.5
    t = np.arange(n) / n
    early, late = rng.uniform(0.15, 0.4), rng.uniform(0.6, 0.85)
    hot, acid = (early, late) if good else (late, early)
    run = np.c_[
        68 + 7 * np.exp(-((t - hot) ** 2) / 0.006) + rng.normal(0, 1.0, n),
        2.4 + 0.1 * rng.normal(0, 1, n),
        310 + 8 * rng.normal(0, 1, n),
        6.2 - 0.9 * np.exp(-((t - acid) ** 2) / 0.006) + rng.normal(0, 0.15, n),
    ]
    return run.astype("float32"), int(good)


rng = np.random.default_rng(2)
runs, quality = zip(*[reactor_run(rng) for _ in range(1600)])
quality = np.array(quality, "float32")
print("run lengths:", np.percentile([len(r) for r in runs], [5, 50, 95, 100]))

# %%
padded = keras.utils.pad_sequences(runs, padding="post", dtype="float32", value=0.0)
x_train, x_val, y_train, y_val = train_test_split(padded, quality, test_size=0.25,
                                                  stratify=quality, random_state=0)


def scale(scaler, x):
    return scaler.transform(x.reshape(-1, x.shape[-1])).reshape(x.shape).astype("float32")


scaler = StandardScaler().fit(x_train.reshape(-1, len(CHANNELS)))
x_train, x_val = scale(scaler, x_train), scale(scaler, x_val)
print(x_train.shape, x_val.shape)


# %%
class RunClassifier(keras.Model):
    def __init__(self, units, dropout, **kw):
        super().__init__(**kw)
        self.mask = layers.Masking(mask_value=0.0)
        self.lstm = layers.LSTM(units)
        self.drop = layers.Dropout(dropout)
        self.out = layers.Dense(1)

    def call(self, x, training=False):
        return self.out(self.drop(self.lstm(self.mask(x)), training=training))


# %% train
model = RunClassifier(PARAMS["units"], PARAMS["dropout"])
model.compile(optimizer=keras.optimizers.Adam(PARAMS["lr"], clipnorm=1.0),
              loss=keras.losses.BinaryCrossentropy(from_logits=True),
              metrics=[keras.metrics.BinaryAccuracy(threshold=0.0, name="acc")])
history = model.fit(x_train, y_train, validation_data=(x_val, y_val),
                    epochs=PARAMS["epochs"], batch_size=PARAMS["batch"], verbose=2)

# %%
p = model.predict(x_val, verbose=0).ravel()
print("AUC", round(roc_auc_score(y_val, p), 3), " acc", ((p > 0) == (y_val > 0.5)).mean())
