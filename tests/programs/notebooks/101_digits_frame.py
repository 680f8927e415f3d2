# %%
import numpy as np
import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(26)

# %%
digits = load_digits(as_frame=True)
table = digits.frame
train, test = train_test_split(table, test_size=0.2, random_state=26)
train = train.sort_values("target")
x_train = train.drop(columns="target").to_numpy() / 16.0
y_train = train["target"].to_numpy()
x_test = test.drop(columns="target").to_numpy() / 16.0
y_test = test["target"].to_numpy()

# %%
model = keras.Sequential([
    layers.Input((64,)),
    layers.Dense(64, activation="relu"),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.Adam(0.01), loss="sparse_categorical_crossentropy", metrics=["accuracy"])

# %% train
history = model.fit(x_train, y_train, epochs=10, batch_size=32, shuffle=False, validation_data=(x_test, y_test), verbose=0)

# %%
pred = model.predict(x_test, verbose=0).argmax(axis=1)
print("accuracy", np.mean(pred == y_test))
print(np.bincount(pred, minlength=10))
