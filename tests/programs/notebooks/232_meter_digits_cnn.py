# %% [markdown]
# # Reading meter digits in changing light
# The 8x8 digits stand in for the crops of the meter camera; light and position vary in the field,
# so the model gets random brightness and small shifts.

# %%
import numpy as np
import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(19)

CONFIG = {
    "img": (8, 8, 1),
    "filters": (24, 48),
    "dense": 64,
    "brightness": 0.2,
    "shift": 0.1,
    "lr": 1e-3,
    "batch": 64,
    "epochs": 30,
}

digits = load_digits()
X = digits.images[..., None].astype("float32") / digits.images.max()
x_train, x_val, y_train, y_val = train_test_split(X, digits.target, test_size=0.25,
                                                  stratify=digits.target, random_state=5)
print(x_train.shape, x_train.min(), x_train.max())


# %%
def augmentation():
    return keras.Sequential([
        layers.RandomBrightness(CONFIG["brightness"], seed=1),
        layers.RandomTranslation(CONFIG["shift"], CONFIG["shift"], fill_mode="nearest", seed=2),
    ], name="augmentation")


class ResidualBlock(layers.Layer):
    def __init__(self, filters, **kw):
        super().__init__(**kw)
        self.c1 = layers.Conv2D(filters, 3, padding="same", activation="relu")
        self.c2 = layers.Conv2D(filters, 3, padding="same")
        self.skip = layers.Conv2D(filters, 1)
        self.act = layers.ReLU()

    def call(self, x):
        return self.act(self.c2(self.c1(x)) + self.skip(x))


def build_model():
    model = keras.Sequential([keras.Input(CONFIG["img"]), augmentation()])
    for f in CONFIG["filters"]:
        model.add(ResidualBlock(f))
        model.add(layers.MaxPooling2D())
    model.add(layers.Flatten())
    model.add(layers.Dense(CONFIG["dense"], activation="relu"))
    model.add(layers.Dropout(0.2))
    model.add(layers.Dense(10, activation="softmax"))
    model.compile(optimizer=keras.optimizers.Adam(CONFIG["lr"]),
                  loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


# %% train
model = build_model()
history = model.fit(
    x_train, y_train, validation_data=(x_val, y_val),
    epochs=CONFIG["epochs"], batch_size=CONFIG["batch"], verbose=2,
    callbacks=[keras.callbacks.ReduceLROnPlateau(monitor="val_loss", patience=5, factor=0.5)])

# %%
pred = model.predict(x_val, verbose=0).argmax(1)
print(confusion_matrix(y_val, pred))
print("validation accuracy:", (pred == y_val).mean())
