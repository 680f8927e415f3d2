# %%
import keras
from keras.models import Sequential
from keras.layers import Dense, Dropout, Input
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(14)

# %%
X, y = load_digits(return_X_y=True)
x_train, x_test, y_train, y_test = train_test_split(X / 16.0, y, test_size=0.25, random_state=14)

# %%
model = Sequential()
model.add(Input((64,)))
model.add(Dense(64, activation="relu"))
model.add(Dropout(0.9))
model.add(Dense(64, activation="relu"))
model.add(Dropout(0.9))
model.add(Dense(10, activation="softmax"))
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam", metrics=["accuracy"])

# %% train
history = model.fit(x_train, y_train, batch_size=32, epochs=20, validation_data=(x_test, y_test), verbose=0)

# %%
print("train", history.history["accuracy"][-1], "val", history.history["val_accuracy"][-1])
