# %%
import numpy as np
import keras
from keras import layers, regularizers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(10)

# %%
X, y = load_digits(return_X_y=True)
X = X.astype("float32") / 16.0
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, stratify=y, random_state=10)
Y_train, Y_test = keras.utils.to_categorical(y_train), keras.utils.to_categorical(y_test)

# %%
reg = regularizers.l2(0.1)
model = keras.Sequential([
    layers.Input((64,)),
    layers.Dense(128, activation="relu", kernel_regularizer=reg),
    layers.Dropout(0.5),
    layers.Dense(64, activation="relu", kernel_regularizer=reg),
    layers.Dropout(0.5),
    layers.Dense(10, activation="softmax", kernel_regularizer=reg),
])

def schedule(epoch, lr):
    if epoch < 2:
        return lr
    return lr * np.exp(-0.5 * epoch)

model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="categorical_crossentropy", metrics=["accuracy"])
lr_callback = keras.callbacks.LearningRateScheduler(schedule, verbose=0)

# %% train
model.fit(X_train, Y_train, epochs=25, batch_size=32, validation_data=(X_test, Y_test),
          callbacks=[lr_callback], verbose=2)

# %%
print("test accuracy:", round(model.evaluate(X_test, Y_test, verbose=0)[1], 3))
