# %% [markdown]
# # Handwritten digits – small CNN with augmentation
# Validation looks better than training from the first epoch on. Is something swapped?

# %%
import numpy as np
import pandas as pd
import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(5)

# %%
d = load_digits()
X = (d.images[..., None] / 16.0).astype("float32")
y = d.target
X_tr, X_tmp, y_tr, y_tmp = train_test_split(X, y, test_size=0.4, stratify=y, random_state=5)
X_va, X_te, y_va, y_te = train_test_split(X_tmp, y_tmp, test_size=0.5, stratify=y_tmp, random_state=5)
print(X_tr.shape, X_va.shape, X_te.shape)

# %%
model = keras.Sequential(
    [
        keras.Input((8, 8, 1)),
        layers.RandomTranslation(0.1, 0.1, fill_mode="constant"),
        layers.RandomRotation(0.04, fill_mode="constant"),
        layers.Conv2D(16, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(32, 3, padding="same", activation="relu"),
        layers.Flatten(),
        layers.Dropout(0.5),
        layers.Dense(32, activation="relu"),
        layers.Dropout(0.4),
        layers.Dense(10, activation="softmax"),
    ]
)
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])

# %% train
stop = keras.callbacks.EarlyStopping(monitor="val_accuracy", mode="max", patience=6, restore_best_weights=True)
history = model.fit(X_tr, y_tr, validation_data=(X_va, y_va), epochs=25, batch_size=32, callbacks=[stop], verbose=2)

# %%
h = pd.DataFrame(history.history)
print(h.round(3))
print("epochs where val beats train:", int((h.val_accuracy > h.accuracy).sum()), "of", len(h))

# %%
print("train, no dropout:", model.evaluate(X_tr, y_tr, verbose=0))
print("test:             ", model.evaluate(X_te, y_te, verbose=0))
