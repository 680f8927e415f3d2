# %%
import numpy as np
import tensorflow as tf
from tensorflow import keras
from sklearn.datasets import load_breast_cancer
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(1)

# %%
X, y = load_breast_cancer(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=1, stratify=y)
sc = StandardScaler()
X_train = sc.fit_transform(X_train).astype("float32")
X_test = sc.transform(X_test).astype("float32")
train = tf.data.Dataset.from_tensor_slices((X_train, y_train.astype("float32")[:, None])).shuffle(500).batch(64)

# %%
net = keras.Sequential([
    keras.layers.Input((30,)),
    keras.layers.Dense(24, activation="relu"),
    keras.layers.Dense(1, activation="sigmoid"),
])
opt = keras.optimizers.Adam(1e-2)

def f1_loss(y_true, y_pred):
    y_pred = tf.round(y_pred)
    tp = tf.reduce_sum(y_true * y_pred)
    fp = tf.reduce_sum((1 - y_true) * y_pred)
    fn = tf.reduce_sum(y_true * (1 - y_pred))
    return 1 - 2 * tp / (2 * tp + fp + fn + 1e-7)

# %% train
for epoch in range(20):
    losses = []
    for xb, yb in train:
        with tf.GradientTape() as tape:
            loss = f1_loss(yb, net(xb, training=True))
        grads = tape.gradient(loss, net.trainable_variables)
        opt.apply_gradients(zip(grads, net.trainable_variables))
        losses.append(float(loss))
    if epoch % 5 == 0:
        print(epoch, np.mean(losses))

# %%
pred = net(X_test).numpy().ravel() > 0.5
print("test F1:", round(f1_score(y_test, pred), 3))
