# %% [markdown]
# # Gearbox condition from SCADA averages
# Classes: 0 healthy, 1 worn bearing, 2 oil problem. Ten-minute averages, engineering units.

# %%
import numpy as np
import tensorflow as tf
import keras
from sklearn.model_selection import train_test_split
from sklearn.metrics import classification_report

keras.utils.set_random_seed(8)
rng = np.random.default_rng(8)

# %%
n = 4500
state = rng.integers(0, 3, n)
rpm = rng.normal(1500, 140, n)
power = rpm * rng.normal(1.25, 0.08, n)
oil_temp = 52 + 0.01 * (rpm - 1500) + 5.5 * (state == 2) + rng.normal(0, 2.6, n)
oil_press = 2.6e5 - 16e3 * (state == 2) + rng.normal(0, 11e3, n)
vib_rms = 0.021 + 1e-5 * (rpm - 1500) + 0.008 * (state == 1) + rng.normal(0, 0.003, n)
kurt = 3.1 + 0.8 * (state == 1) + rng.normal(0, 0.45, n)
bearing_t = 61 + 4.0 * (state == 1) + 2.5 * (state == 2) + rng.normal(0, 2.8, n)
X = np.column_stack([rpm, power, oil_temp, oil_press, vib_rms, kurt, bearing_t]).astype("float32")
X_tr, X_va, y_tr, y_va = train_test_split(X, state, test_size=0.25, random_state=8, stratify=state)

BATCH = 64
ds = tf.data.Dataset.from_tensor_slices((X_tr, y_tr)).shuffle(len(X_tr)).batch(BATCH, drop_remainder=True)


# %%
class ConditionNet(keras.Model):
    def __init__(self, n_classes=3):
        super().__init__()
        self.bn_in = keras.layers.BatchNormalization()
        self.d1 = keras.layers.Dense(64, activation="relu")
        self.bn1 = keras.layers.BatchNormalization()
        self.drop = keras.layers.Dropout(0.2)
        self.d2 = keras.layers.Dense(32, activation="relu")
        self.head = keras.layers.Dense(n_classes)

    def call(self, x, training=None):
        x = self.bn_in(x, training=training)
        x = self.bn1(self.d1(x), training=training)
        x = self.drop(x, training=training)
        return self.head(self.d2(x))


net = ConditionNet()
loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
opt = keras.optimizers.Adam(1e-3)
train_loss = keras.metrics.Mean()
train_acc = keras.metrics.SparseCategoricalAccuracy()
val_acc = keras.metrics.SparseCategoricalAccuracy()


@tf.function
def step(xb, yb):
    with tf.GradientTape() as tape:
        logits = net(xb)
        loss = loss_fn(yb, logits)
    grads = tape.gradient(loss, net.trainable_variables)
    opt.apply_gradients(zip(grads, net.trainable_variables))
    train_loss.update_state(loss)
    train_acc.update_state(yb, logits)


# %% train
history = {"loss": [], "acc": [], "val_loss": [], "val_acc": []}
for epoch in range(25):
    for m in (train_loss, train_acc, val_acc):
        m.reset_state()
    for xb, yb in ds:
        step(xb, yb)
    v = net(X_va, training=False)
    val_acc.update_state(y_va, v)
    history["loss"].append(float(train_loss.result()))
    history["acc"].append(float(train_acc.result()))
    history["val_loss"].append(float(loss_fn(y_va, v)))
    history["val_acc"].append(float(val_acc.result()))
    print("epoch %02d " % (epoch + 1), {k: round(q[-1], 4) for k, q in history.items()})

# %%
print(classification_report(y_va, np.argmax(net(X_va, training=False), 1), zero_division=0))
