# %%
import numpy as np
import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(8)

# %%
digits = load_digits()
imgs = (digits.images / 16.0).astype("float32")[..., None]
labels = digits.target

# source task: is the image upside down?
flip = np.random.randint(0, 2, len(imgs))
source_x = np.where(flip[:, None, None, None] == 1, imgs[:, ::-1], imgs)

# target task: the digit itself
x_tr, x_te, y_tr, y_te = train_test_split(imgs, labels, test_size=0.3, random_state=0, stratify=labels)

# %%
backbone = keras.Sequential([
    layers.Input((8, 8, 1)),
    layers.Conv2D(8, 3, activation="relu", padding="same"),
    layers.MaxPooling2D(),
    layers.Conv2D(8, 3, activation="relu", padding="same"),
    layers.GlobalAveragePooling2D(),
], name="backbone")
source = keras.Sequential([backbone, layers.Dense(1, activation="sigmoid")])
source.compile("adam", "binary_crossentropy", metrics=["accuracy"])

# %%
backbone_in = keras.Input((8, 8, 1))
head = layers.Dense(10, activation="softmax")(backbone(backbone_in))
model = keras.Model(backbone_in, head)

# %% train
source.fit(source_x, flip, epochs=5, batch_size=64, verbose=0)
backbone.trainable = False
model.compile(keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_tr, y_tr, epochs=10, batch_size=32, validation_data=(x_te, y_te), verbose=2)

backbone.trainable = True
model.optimizer.learning_rate = 3e-3
model.fit(x_tr, y_tr, epochs=20, batch_size=32, validation_data=(x_te, y_te), verbose=2)

# %%
print("test accuracy after fine-tuning:", round(model.evaluate(x_te, y_te, verbose=0)[1], 3))
