# %%
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import RobustScaler

tf.keras.utils.set_random_seed(12)

# %%
X, y = load_breast_cancer(return_X_y=True)
t = np.where(y == 1, 1.0, -1.0).astype("float32")
X_train, X_test, t_train, t_test = train_test_split(X, t, test_size=0.25, stratify=t, random_state=12)
scaler = RobustScaler().fit(X_train)
X_train = np.clip(scaler.transform(X_train), -4, 4).astype("float32")
X_test = np.clip(scaler.transform(X_test), -4, 4).astype("float32")
ds = tf.data.Dataset.from_tensor_slices((X_train, t_train[:, None])).shuffle(1000).batch(8)

# %%
svm_net = tf.keras.Sequential([
    tf.keras.Input((30,)),
    tf.keras.layers.Dense(20, activation="relu"),
    tf.keras.layers.Dense(1),
])
hinge = tf.keras.losses.SquaredHinge()
sgd = tf.keras.optimizers.SGD(0.05, momentum=0.9)
ACCUM = 4   # small batches because of the laptop, update every 4

@tf.function
def grads_of(xb, tb):
    with tf.GradientTape() as tape:
        loss = hinge(tb, svm_net(xb, training=True)) / ACCUM
    return loss * ACCUM, tape.gradient(loss, svm_net.trainable_variables)

# %% train
for epoch in range(15):
    store = [tf.zeros_like(v) for v in svm_net.trainable_variables]
    seen = []
    for k, (xb, tb) in enumerate(ds, start=1):
        loss, g = grads_of(xb, tb)
        store = [s + gi for s, gi in zip(store, g)]
        seen.append(float(loss))
        if k % ACCUM == 0:
            sgd.apply_gradients(zip(store, svm_net.trainable_variables))
            store = [tf.zeros_like(v) for v in svm_net.trainable_variables]
    print(epoch, round(float(np.mean(seen)), 4))

# %%
score = svm_net(X_test).numpy().ravel()
print("test accuracy", np.mean(np.sign(score) == t_test))
