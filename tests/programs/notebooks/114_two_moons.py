# %%
import keras
from keras import layers
from sklearn.datasets import make_moons
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(46)

# %%
X, y = make_moons(1000, noise=0.15, random_state=46)
x_train, x_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=46)

# %%
model = keras.Sequential([
    layers.Input((2,)),
    layers.Dense(24, activation="tanh"),
    layers.Dense(24, activation="tanh"),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer=keras.optimizers.Adam(0.01), loss="binary_crossentropy", metrics=["accuracy"])

# %% train
history = model.fit(x_train, y_train, epochs=50, batch_size=32, validation_data=(x_test, y_test), verbose=0)

# %%
print(model.evaluate(x_test, y_test, verbose=0))
