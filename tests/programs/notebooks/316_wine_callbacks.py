# %%
import numpy as np
import pandas as pd
import keras
from keras import layers
from keras.callbacks import EarlyStopping, ReduceLROnPlateau, TerminateOnNaN
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

# %%
# stand-in for our spectroscopy table: 1797 samples, 10 grape varieties
Xraw, y = load_digits(return_X_y=True)
spectra = pd.DataFrame(Xraw).add_prefix("band_")
X_tr, X_te, y_tr, y_te = train_test_split(spectra, y, test_size=0.2, stratify=y, random_state=9)
prep = make_pipeline(StandardScaler(), PCA(30, random_state=0))
X_tr = prep.fit_transform(X_tr)
X_te = prep.transform(X_te)

# %%
keras.utils.set_random_seed(9)
model = keras.Sequential(name="variety")
model.add(keras.Input((30,)))
model.add(layers.Dense(32, activation="relu"))
model.add(layers.Dropout(0.2))
model.add(layers.Dense(32, activation="relu"))
model.add(layers.Dense(10, activation="softmax"))
model.compile(optimizer=keras.optimizers.RMSprop(5e-4), loss="sparse_categorical_crossentropy", metrics=["accuracy"])

# %%
callbacks = [
    EarlyStopping(monitor="val_accuracy", mode="min", patience=6, restore_best_weights=True, verbose=1),
    ReduceLROnPlateau(monitor="val_loss", factor=0.5, patience=4),
    TerminateOnNaN(),
]

# %% train
history = model.fit(X_tr, y_tr, epochs=100, batch_size=64, validation_split=0.2, callbacks=callbacks, verbose=2)

# %%
print("epochs run:", len(history.epoch))
print("test accuracy:", model.evaluate(X_te, y_te, verbose=0)[1])
