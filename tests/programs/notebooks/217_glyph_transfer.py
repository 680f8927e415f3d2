# %% [markdown]
# # Reusing a glyph network for a new alphabet
# Plenty of labelled digits 0-5 (old form), only a few dozen labelled 6-9 (new form). Train a convolutional
# base on the old set, put a new head on it, then fine-tune.

# %%
import numpy as np
import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(19)
d = load_digits()
img = (d.images / 16.0).astype("float32")[..., None]
old = d.target < 6
x_old, y_old = img[old], d.target[old]
x_new, y_new = img[~old], d.target[~old] - 6
x_new_tr, x_new_te, y_new_tr, y_new_te = train_test_split(x_new, y_new, train_size=120, stratify=y_new, random_state=19)
print(len(x_old), len(x_new_tr), len(x_new_te))


# %%
def conv_base():
    return keras.Sequential([
        keras.Input((8, 8, 1)),
        layers.Conv2D(16, 3, padding="same", activation="relu"),
        layers.Conv2D(16, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(24, 3, padding="same", activation="relu"),
        layers.Conv2D(24, 3, padding="same", activation="relu"),
        layers.GlobalMaxPooling2D(),
    ], name="glyph_base")


base = conv_base()
old_model = keras.Sequential([keras.Input((8, 8, 1)), base, layers.Dense(6, activation="softmax")])


def new_form_model(backbone):
    backbone.trainable = False
    inp = keras.Input((8, 8, 1))
    h = backbone(inp, training=False)
    h = layers.Dropout(0.2)(h)
    return keras.Model(inp, layers.Dense(4, activation="softmax")(h))


# %% train
old_model.compile(keras.optimizers.Adam(2e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
h_old = old_model.fit(x_old, y_old, validation_split=0.15, epochs=15, batch_size=32, verbose=2)

# keep the old network untouched
backbone = keras.models.clone_model(base)
model = new_form_model(backbone)
model.compile(keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
h1 = model.fit(x_new_tr, y_new_tr, validation_data=(x_new_te, y_new_te), epochs=25, batch_size=24, verbose=2)

# fine-tuning
backbone.trainable = True
model.optimizer.learning_rate = 1e-3
h2 = model.fit(x_new_tr, y_new_tr, validation_data=(x_new_te, y_new_te), epochs=25, batch_size=24, verbose=2)

# %%
print("old form val acc", h_old.history["val_accuracy"][-1])
print("new form, head only", h1.history["val_accuracy"][-1], " after fine-tuning", h2.history["val_accuracy"][-1])
