# %%
import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.metrics import roc_auc_score

keras.utils.set_random_seed(151)

# %%
# vibration spectra of a pump; only normal operation is used for training
rng = np.random.default_rng(151)
def spectra(n, faulty=False):
    f = np.arange(40)
    speed = rng.uniform(9, 13, (n, 1))
    s = np.exp(-((f - speed) / 1.5) ** 2) + 0.5 * np.exp(-((f - 2 * speed) / 1.5) ** 2)
    if faulty:
        s = s + 0.25 * np.exp(-((f - 1.5 * speed) / 1.2) ** 2)
    return (s + rng.normal(0, 0.05, (n, 40))).astype("float32")

normal = spectra(1500)
test_x = np.concatenate([spectra(200), spectra(200, True)])
test_y = np.repeat([0, 1], 200)
mean, std = normal.mean(0), normal.std(0) + 1e-3
normal, test_x = (normal - mean) / std, (test_x - mean) / std

# %%
class AutoEncoder(keras.Model):
    def __init__(self):
        super().__init__()
        self.enc = keras.Sequential([layers.Dense(32, activation="relu"), layers.Dense(6)])
        self.dec = keras.Sequential([layers.Dense(32, activation="relu"), layers.Dense(40)])

    def call(self, x):
        return self.dec(self.enc(x))

ae = AutoEncoder()
ae.compile(optimizer=keras.optimizers.Adam(3e-3), loss="mse")

# %% train
batch = 50
for epoch in range(80):
    order = np.random.permutation(len(normal))
    losses = []
    for i in range(0, len(normal), batch):
        xb = normal[order[i:i + batch]]
        losses.append(float(ae.train_on_batch(xb, xb)))
    if epoch % 10 == 0:
        print(epoch, round(losses[-1], 4))

# %%
err = np.mean((ae.predict(test_x, verbose=0) - test_x) ** 2, axis=1)
print("AUC of the reconstruction error:", round(roc_auc_score(test_y, err), 3))
