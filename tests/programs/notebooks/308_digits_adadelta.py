# %%
import keras
import numpy as np
from keras import layers, regularizers
from sklearn.datasets import load_digits

keras.utils.set_random_seed(99)

# %%
bunch = load_digits()
perm = np.random.permutation(len(bunch.target))
X = bunch.images[perm][..., None] / 16.0
Y = keras.utils.to_categorical(bunch.target[perm], 10)
n_val = 350

# %%
net = keras.Sequential([
    keras.Input((8, 8, 1)),
    layers.RandomTranslation(0.1, 0.1),
    layers.Conv2D(24, 3, activation="relu", padding="same"),
    layers.Conv2D(24, 3, activation="relu"),
    layers.MaxPooling2D(),
    layers.Dropout(0.4),
    layers.Flatten(),
    layers.Dense(96, activation="relu", kernel_regularizer=regularizers.l2(1e-4)),
    layers.Dropout(0.5),
    layers.Dense(10, activation="softmax"),
])
net.compile(
    optimizer=keras.optimizers.Adadelta(learning_rate=1.0),
    loss=keras.losses.CategoricalCrossentropy(label_smoothing=0.15),
    metrics=["accuracy"],
)

# %% train
log = net.fit(X[n_val:], Y[n_val:], epochs=15, batch_size=32, validation_data=(X[:n_val], Y[:n_val]), verbose=2)

# %%
print("final val_accuracy", log.history["val_accuracy"][-1])
