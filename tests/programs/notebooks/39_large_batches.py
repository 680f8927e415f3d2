# %% [markdown]
# # Routing parcels to one of eight depots
# 16 scanner features, 6,000 parcels. Trees reach > 0.9 here, the network is far behind.

# %%
import time

import numpy as np
import pandas as pd
import keras
from keras import layers
from sklearn.datasets import make_blobs
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(12)

# %%
X, sub = make_blobs(n_samples=6000, n_features=16, centers=40, cluster_std=3.6, random_state=12)
depot = sub % 8
X_train, X_test, y_train, y_test = train_test_split(X, depot, test_size=0.2, stratify=depot, random_state=12)
scaler = StandardScaler().fit(X_train)
X_train, X_test = scaler.transform(X_train).astype("float32"), scaler.transform(X_test).astype("float32")
trees = ExtraTreesClassifier(60, random_state=0).fit(X_train, y_train)
print("trees:", trees.score(X_test, y_test))

# %%
EPOCHS = 6
BATCH_SIZE = 2048

model = keras.Sequential(
    [
        keras.Input((16,)),
        layers.Dense(128, activation="relu"),
        layers.Dense(64, activation="relu"),
        layers.Dense(8, activation="softmax"),
    ]
)
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])

# %% train
start = time.time()
history = model.fit(X_train, y_train, validation_data=(X_test, y_test), epochs=EPOCHS, batch_size=BATCH_SIZE, verbose=2)
print(f"{time.time() - start:.1f} s")

# %%
print(pd.DataFrame(history.history).round(3))
print("network:", model.evaluate(X_test, y_test, verbose=0)[1])
