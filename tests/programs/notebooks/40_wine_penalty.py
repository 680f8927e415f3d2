# %% [markdown]
# # Wine cultivar from chemistry – model card draft
# Three cultivars, 13 lab values, 178 bottles. Because the table is so small we keep the network simple.

# %%
import numpy as np
import pandas as pd
import keras
from keras import layers, regularizers
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(4)

# %%
wine = load_wine(as_frame=True)
X_train, X_test, y_train, y_test = train_test_split(
    wine.data, wine.target, test_size=0.3, stratify=wine.target, random_state=4
)
scaler = StandardScaler().fit(X_train)
X_train, X_test = scaler.transform(X_train), scaler.transform(X_test)
print("logistic regression:", LogisticRegression().fit(X_train, y_train).score(X_test, y_test))

# %%
WEIGHT_DECAY = 0.3


def dense(units, activation):
    return layers.Dense(units, activation=activation, kernel_regularizer=regularizers.L2(WEIGHT_DECAY))


inputs = keras.Input((13,))
x = dense(32, "relu")(inputs)
x = dense(16, "relu")(x)
outputs = dense(3, "softmax")(x)
model = keras.Model(inputs, outputs)
model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.summary()

# %% train
history = model.fit(X_train, y_train, validation_data=(X_test, y_test), epochs=60, batch_size=16, verbose=0)

# %%
print(pd.DataFrame(history.history).iloc[::6].round(3))
proba = model.predict(X_test, verbose=0)
print(proba[:5].round(3))
print("accuracy:", (proba.argmax(1) == y_test).mean())
