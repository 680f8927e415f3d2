# %%
import numpy as np
import keras
from keras import layers
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import MinMaxScaler

# %% one revolution of a pump = 64 pressure samples; trained on good revolutions only
rng = np.random.default_rng(3)
def revolution(faulty):
    ph = np.linspace(0, 2 * np.pi, 64)
    s = np.sin(ph + rng.normal(0, 0.1)) + rng.uniform(0.2, 0.5) * np.sin(3 * ph) + rng.normal(0, 0.05, 64)
    if faulty:
        a = rng.integers(5, 50)
        s[a:a + 8] -= rng.uniform(0.4, 0.9)
    return s
good = np.stack([revolution(False) for _ in range(1500)])
mixed_y = rng.integers(0, 2, 400)
mixed = np.stack([revolution(f) for f in mixed_y])

sc = MinMaxScaler(clip=True).fit(good)
good = sc.transform(good).astype("float32")[..., None]
mixed = sc.transform(mixed).astype("float32")[..., None]

# %%
keras.utils.set_random_seed(3)
ae = keras.Sequential([
    keras.Input((64, 1)),
    layers.Conv1D(16, 5, strides=2, padding="same", activation="relu"),
    layers.Conv1D(8, 5, strides=2, padding="same", activation="relu"),
    layers.Flatten(),
    layers.Dense(4, name="code"),
    layers.Dense(16 * 8, activation="relu"),
    layers.Reshape((16, 8)),
    layers.Conv1DTranspose(8, 5, strides=2, padding="same", activation="relu"),
    layers.Conv1DTranspose(16, 5, strides=2, padding="same", activation="relu"),
    layers.Conv1D(1, 5, padding="same", activation="sigmoid"),
])
ae.compile(optimizer=keras.optimizers.Adam(2e-3), loss="binary_crossentropy")

# %% train
ae.fit(good[:1300], good[:1300], validation_data=(good[1300:], good[1300:]), epochs=20, batch_size=32, verbose=2)

# %%
err = np.mean((ae.predict(mixed, verbose=0) - mixed) ** 2, axis=(1, 2))
print("AUC of the reconstruction error:", roc_auc_score(mixed_y, err))
