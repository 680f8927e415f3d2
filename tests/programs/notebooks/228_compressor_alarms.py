# %% [markdown]
# # Compressor fault classes from hourly aggregates
# Most hours are fine, the faults are rare; the classes are weighted in training.

# %%
import numpy as np
import pandas as pd
import keras
from keras import layers
from sklearn.metrics import balanced_accuracy_score, confusion_matrix
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import LabelEncoder, StandardScaler
from sklearn.utils.class_weight import compute_class_weight

keras.utils.set_random_seed(4)

CFG = {"hidden": 64, "blocks": 2, "dropout": 0.2, "lr": 1e-3, "batch": 128, "epochs": 25}
SENSORS = ["p_in", "p_out", "t_oil", "t_out", "vib_x", "vib_y", "current", "speed"]


def hours(n=7000, seed=31):
    rng = np.random.default_rng(seed)
    state = rng.choice(["normal", "bearing", "valve"], n, p=[0.87, 0.05, 0.08])
    X = rng.normal(0, 1, (n, len(SENSORS)))
    load = rng.normal(0, 1, n)
    X[:, [1, 2, 6]] += load[:, None] * 0.8
    bearing, valve = state == "bearing", state == "valve"
    X[bearing, 4] += 1.5
    X[bearing, 5] += 1.2
    X[bearing, 2] += 0.7
    X[valve, 1] -= 1.6
    X[valve, 3] += 1.3
    X[valve, 6] += 0.5
    df = pd.DataFrame(X * [0.2, 0.9, 6, 8, 0.4, 0.4, 11, 40] + [1.0, 7.5, 72, 95, 2.1, 2.3, 140, 2950],
                      columns=SENSORS)
    df["state"] = state
    return df


df = hours()
print(df.state.value_counts())

# %%
encoder = LabelEncoder()
labels = encoder.fit_transform(df["state"])
x_train, x_val, y_train, y_val = train_test_split(
    df[SENSORS].to_numpy("float32"), labels, test_size=0.25, stratify=labels, random_state=12)
scaler = StandardScaler().fit(x_train)
x_train, x_val = scaler.transform(x_train), scaler.transform(x_val)


def class_weights(y):
    w = compute_class_weight("balanced", classes=np.unique(y), y=y)
    return {int(c): float(v) for c, v in zip(pd.unique(y), w)}


weights = class_weights(y_train)
print(weights)


# %%
class GatedBlock(layers.Layer):
    def __init__(self, units, dropout, **kw):
        super().__init__(**kw)
        self.value = layers.Dense(units, activation="relu")
        self.gate = layers.Dense(units, activation="sigmoid")
        self.norm = layers.LayerNormalization()
        self.drop = layers.Dropout(dropout)

    def call(self, x, training=False):
        h = self.value(x) * self.gate(x)
        return self.norm(x + self.drop(h, training=training))


def build():
    inp = keras.Input((len(SENSORS),))
    x = layers.Dense(CFG["hidden"])(inp)
    for _ in range(CFG["blocks"]):
        x = GatedBlock(CFG["hidden"], CFG["dropout"])(x)
    out = layers.Dense(len(encoder.classes_), activation="softmax")(x)
    model = keras.Model(inp, out)
    model.compile(optimizer=keras.optimizers.Adam(CFG["lr"]), loss="sparse_categorical_crossentropy",
                  metrics=["accuracy"])
    return model


# %% train
model = build()
history = model.fit(
    x_train, y_train, validation_data=(x_val, y_val), class_weight=weights,
    epochs=CFG["epochs"], batch_size=CFG["batch"], verbose=2,
    callbacks=[keras.callbacks.ReduceLROnPlateau(monitor="loss", patience=4, factor=0.5)])

# %%
pred = model.predict(x_val, verbose=0).argmax(1)
print(pd.DataFrame(confusion_matrix(y_val, pred), index=encoder.classes_, columns=encoder.classes_))
print("balanced accuracy", round(balanced_accuracy_score(y_val, pred), 3))
