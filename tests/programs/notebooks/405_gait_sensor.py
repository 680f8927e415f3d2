# %%
import numpy as np
import tensorflow as tf
from tensorflow.keras import layers as L
from sklearn.model_selection import train_test_split
tf.keras.utils.set_random_seed(8)
rng = np.random.default_rng(8)

# %% three-axis accelerometer, 100 samples per window, five activities
activity = rng.integers(0, 5, 1800)
freq = np.array([.10, .16, .22, .30, .40])[activity][:, None, None]
signal = np.sin(freq * rng.normal(1, .05, (1800, 1, 1)) * np.arange(100)[None, :, None]
                + rng.uniform(0, 6.28, (1800, 1, 3)))
signal = (signal + rng.normal(0, .7, signal.shape)).astype("float32")
X_fit, X_dev, y_fit, y_dev = train_test_split(signal, activity, test_size=0.25, stratify=activity, random_state=0)

# %%
class GaitLoader(tf.keras.utils.Sequence):
    def __init__(self, windows, target, size):
        super().__init__()
        self.windows, self.target, self.size = windows, target, size
        self.order = np.arange(len(windows))

    def __len__(self):
        return len(self.windows) // self.size

    def __getitem__(self, k):
        chosen = self.order[k * self.size:(k + 1) * self.size]
        out = []
        for j in chosen:
            w = self.windows[j]
            start = rng.integers(0, 85)
            w[start:start + 15] = 0.0  # sensor dropout
            out.append(w)
        return np.stack(out), self.target[chosen]
    def on_epoch_end(self):
        rng.shuffle(self.order)

# %%
net = tf.keras.Sequential([tf.keras.Input((100, 3)), L.Conv1D(24, 9, activation="relu"), L.MaxPooling1D(2),
                           L.Conv1D(32, 7, activation="relu"), L.GlobalMaxPooling1D(), L.Dense(5, activation="softmax")])
net.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])

# %% train
run = net.fit(GaitLoader(X_fit, y_fit, 32), validation_data=(X_dev, y_dev), epochs=14, verbose=2)
