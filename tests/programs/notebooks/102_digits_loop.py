# %%
import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(30)
depth = 7

# %%
d = load_digits()
x_train, x_test, y_train, y_test = train_test_split(d.data / 16.0, d.target, test_size=0.2, random_state=30)

# %%
model = keras.Sequential([layers.Input((64,))])
for _ in range(depth):
    model.add(layers.Dense(32, activation="sigmoid"))
model.add(layers.Dense(10, activation="softmax"))
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])

# %% train
hist = model.fit(x_train, y_train, epochs=20, batch_size=32, validation_data=(x_test, y_test), verbose=0)

# %%
for k, v in hist.history.items():
    print(k, round(v[-1], 3))
