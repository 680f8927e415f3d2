# %%
import numpy as np
import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.utils.class_weight import compute_class_weight

# %% stage 0: reader for the ten stamped digits (plenty of data); stage 1/2: is the stamp a 6 (rare defect)?
images, digit = load_digits(return_X_y=True)
images = images.reshape(-1, 8, 8, 1).astype("float32")
x_src, x_tgt, d_src, d_tgt = train_test_split(images, digit, test_size=0.5, stratify=digit, random_state=2)
defect = (d_tgt == 6).astype(int)
x_tr, x_te, y_tr, y_te = train_test_split(x_tgt, defect, test_size=0.4, stratify=defect, random_state=2)

keras.utils.set_random_seed(2)
body = keras.Sequential([
    keras.Input((8, 8, 1)), layers.Rescaling(1 / 16.0),
    layers.Conv2D(16, 3, activation="relu"), layers.Conv2D(32, 3, activation="relu"),
    layers.GlobalAveragePooling2D(), layers.Dense(32, activation="relu")], name="body")
reader = keras.Sequential([body, layers.Dense(10, activation="softmax")])
reader.compile(optimizer=keras.optimizers.Adam(3e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
reader.fit(x_src, d_src, epochs=25, batch_size=32, verbose=0)

# %%
w = compute_class_weight("balanced", classes=np.array([0, 1]), y=y_tr)
class_weight = dict(enumerate(w))
body.trainable = False
inp = keras.Input((8, 8, 1))
detector = keras.Model(inp, layers.Dense(1, activation="sigmoid")(body(inp)))
detector.compile(optimizer=keras.optimizers.Adam(1e-2), loss="binary_crossentropy", metrics=["accuracy"])

# %% train
detector.fit(x_tr, y_tr, epochs=15, batch_size=32, class_weight=class_weight, verbose=2)
body.trainable = True
detector.compile(optimizer=keras.optimizers.Adam(3e-4), loss="binary_crossentropy", metrics=["accuracy"])
detector.fit(x_tr, y_tr, epochs=10, batch_size=32, class_weight=class_weight, verbose=2)

# %%
guess = detector.predict(x_te, verbose=0).ravel() > 0.5
print("balanced accuracy", balanced_accuracy_score(y_te, guess))
