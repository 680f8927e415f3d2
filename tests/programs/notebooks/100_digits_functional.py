# %%
import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(36)

# %%
digits = load_digits()
X = digits.data / 16.0
Y = keras.utils.to_categorical(digits.target)
x_train, x_test, y_train, y_test = train_test_split(X, Y, test_size=0.2, random_state=36)

# %%
inputs = keras.Input((64,))
h = layers.Dense(64, activation="softmax")(inputs)
h = layers.Dense(32, activation="softmax")(h)
outputs = layers.Dense(10, activation="softmax")(h)
model = keras.Model(inputs, outputs)
model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])

# %% train
history = model.fit(x_train, y_train, epochs=25, batch_size=len(x_train), validation_data=(x_test, y_test), verbose=0)

# %%
print(model.evaluate(x_test, y_test, verbose=0))
