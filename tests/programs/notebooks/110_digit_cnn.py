# %%
import numpy as np
import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(13)
num_classes = 10
batch_size = 64

# %%
digits = load_digits()
images = np.round(digits.images / 16.0 * 255.0).reshape(-1, 8, 8, 1)
labels = keras.utils.to_categorical(digits.target, num_classes)
x_train, x_test, y_train, y_test = train_test_split(images, labels, test_size=0.2, random_state=5)

# %%
model = keras.Sequential()
model.add(layers.Input((8, 8, 1)))
model.add(layers.Conv2D(16, (3, 3), activation="relu"))
model.add(layers.MaxPooling2D((2, 2)))
model.add(layers.Flatten())
model.add(layers.Dense(64, activation="relu"))
model.add(layers.Dense(num_classes, activation="softmax"))
model.compile(loss="categorical_crossentropy", optimizer=keras.optimizers.SGD(learning_rate=0.1, momentum=0.9), metrics=["accuracy"])

# %% train
history = model.fit(x_train, y_train, batch_size=batch_size, epochs=15, validation_data=(x_test, y_test), verbose=0)

# %%
score = model.evaluate(x_test, y_test, verbose=0)
print("Test loss:", score[0], "Test accuracy:", score[1])
