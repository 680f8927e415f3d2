# %%
import numpy as np
import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(8)

# %%
data = load_digits()
images = data.images.astype("float32") / 16.0
x_train, x_test, y_train, y_test = train_test_split(images, data.target, test_size=0.25, random_state=0)

# %%
model = keras.Sequential([
    layers.Input((8, 8)),
    layers.Flatten(),
    layers.Dense(48, activation="relu"),
    layers.Dense(10),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])

# %% train
history = model.fit(x_train, y_train, batch_size=32, epochs=20, validation_data=(x_test, y_test), verbose=0)

# %%
scores = model.predict(x_test, verbose=0)
print("accuracy", np.mean(scores.argmax(axis=1) == y_test))
