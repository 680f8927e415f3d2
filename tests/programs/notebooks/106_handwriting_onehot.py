# %%
import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(5)

# %%
digits = load_digits()
x = digits.data / 16.0
y = keras.utils.to_categorical(digits.target, 10)
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.2, random_state=7)

# %%
model = keras.Sequential([
    layers.Input((64,)),
    layers.Dense(64, activation="relu"),
    layers.Dense(32, activation="relu"),
    layers.Dense(10, activation="softmax"),
])
model.compile(
    loss="mean_squared_error",
    optimizer=keras.optimizers.SGD(learning_rate=0.005),
    metrics=["accuracy"],
)

# %% train
history = model.fit(x_train, y_train, epochs=20, batch_size=32, validation_data=(x_test, y_test), verbose=0)

# %%
loss, acc = model.evaluate(x_test, y_test, verbose=0)
print(f"loss {loss:.4f} accuracy {acc:.3f}")
