# %% [markdown]
# # Battery cells: capacity and defect class from the formation curve
# Two heads on one trunk. The weights of the two losses are learned (log-variances).

# %%
import numpy as np
import tensorflow as tf
import keras
from keras import layers, ops
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(10)

POINTS, DEFECTS = 60, ["ok", "wetting", "particle"]
CFG = {"epochs": 35, "batch": 64, "lr": 2e-3}


def formation_curves(n=3000, seed=3):
    rng = np.random.default_rng(seed)
    s = np.linspace(0, 1, POINTS)
    kind = rng.choice(3, n, p=[0.6, 0.25, 0.15])
    cap = rng.normal(4850, 70, n) - 60 * (kind == 1) - 25 * (kind == 2)     # mAh
    curves = []
    for k, c in zip(kind, cap):
        stretch = 1 + (c - 4850) / 900
        v = 3.0 + 1.1 * (1 - np.exp(-4 * s / stretch)) + 0.08 * np.tanh(8 * (s / stretch - 0.6))
        if k == 1:
            v += 0.03 * np.exp(-((s - 0.2) ** 2) / 0.004) * rng.uniform(0.6, 1.4)
        if k == 2:
            v[rng.integers(15, 55):] -= rng.uniform(0.02, 0.04)
        curves.append(v + rng.normal(0, 0.006, POINTS))
    return np.array(curves, "float32")[..., None], cap.astype("float32"), kind


X, cap, kind = formation_curves()
x_tr, x_va, cap_tr, cap_va, k_tr, k_va = train_test_split(X, cap, kind, test_size=0.25, stratify=kind, random_state=0)
CAP_MEAN, CAP_STD = float(cap_tr.mean()), float(cap_tr.std())
pack = lambda c, k: {"capacity": ((c - CAP_MEAN) / CAP_STD)[:, None], "defect": k[:, None]}


# %%
def residual(x, filters):
    h = layers.Conv1D(filters, 5, padding="same", activation="relu")(x)
    h = layers.Conv1D(filters, 5, padding="same")(h)
    if x.shape[-1] != filters:
        x = layers.Conv1D(filters, 1)(x)
    return layers.ReLU()(layers.Add()([x, h]))


def make_net(norm):
    inp = keras.Input((POINTS, 1))
    x = norm(inp)
    x = residual(x, 16)
    x = layers.AveragePooling1D(2)(x)
    x = residual(x, 32)
    x = layers.Flatten()(layers.AveragePooling1D(2)(x))
    x = layers.Dense(64, activation="relu")(x)
    return keras.Model(inp, {"capacity": layers.Dense(1)(x), "defect": layers.Dense(3)(x)})


class TwoTask(keras.Model):
    def __init__(self, net, **kw):
        super().__init__(**kw)
        self.net = net
        self.log_var = self.add_weight(shape=(2,), initializer="zeros", name="log_var")
        self.mse = keras.losses.MeanSquaredError()
        self.ce = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        self.m_loss = keras.metrics.Mean(name="loss")
        self.m_cap = keras.metrics.MeanAbsoluteError(name="capacity_mae_mAh")
        self.m_acc = keras.metrics.SparseCategoricalAccuracy(name="defect_acc")

    @property
    def metrics(self):
        return [self.m_loss, self.m_cap, self.m_acc]

    def call(self, x, training=False):
        return self.net(x, training=training)

    def total(self, y, out):
        parts = ops.stack([0.5 * self.mse(y["capacity"], out["capacity"]), self.ce(y["defect"], out["defect"])])
        return ops.sum(ops.exp(-self.log_var) * parts + 0.5 * self.log_var)

    def report(self, y, out, loss):
        self.m_loss.update_state(loss)
        self.m_cap.update_state(y["capacity"] * CAP_STD, out["capacity"] * CAP_STD)
        self.m_acc.update_state(y["defect"], out["defect"])
        return {m.name: m.result() for m in self.metrics}

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            out = self(x, training=True)
            loss = self.total(y, out)
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        return self.report(y, out, loss)

    def test_step(self, data):
        x, y = data
        out = self(x, training=False)
        return self.report(y, out, self.total(y, out))


# %% train
norm = layers.Normalization(axis=1)
norm.adapt(x_tr)
model = TwoTask(make_net(norm))
model.compile(optimizer=keras.optimizers.Adam(keras.optimizers.schedules.PolynomialDecay(
    CFG["lr"], CFG["epochs"] * (len(x_tr) // CFG["batch"] + 1), 1e-5)))
history = model.fit(x_tr, pack(cap_tr, k_tr), validation_data=(x_va, pack(cap_va, k_va)),
                    epochs=CFG["epochs"], batch_size=CFG["batch"], verbose=2)

# %%
out = model.predict(x_va, verbose=0)
print("capacity MAE %.1f mAh (spread %.1f)" % (np.abs(out["capacity"][:, 0] * CAP_STD + CAP_MEAN - cap_va).mean(), cap_va.std()))
print("defect macro F1 %.3f" % f1_score(k_va, out["defect"].argmax(1), average="macro"))
print("log variances", model.log_var.numpy())
