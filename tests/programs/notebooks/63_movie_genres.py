# %%
import numpy as np
import keras
from keras import layers
from sklearn.datasets import make_multilabel_classification
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(9)

# %%
# bag-of-words plots (150 words) -> genres, a film can have several or none
genres = ["action", "comedy", "drama", "horror", "romance", "scifi", "thriller", "western"]
X, Y = make_multilabel_classification(n_samples=3000, n_features=150, n_classes=8, n_labels=2,
                                      length=60, allow_unlabeled=True, random_state=6)
X = np.log1p(X).astype("float32")
Y = Y.astype("float32")
print("films per genre:", dict(zip(genres, Y.sum(0))), "labels per film:", Y.sum(1).mean())
X_train, X_test, Y_train, Y_test = train_test_split(X, Y, test_size=0.2, random_state=0)

# %%
inputs = keras.Input((150,))
h = layers.Dense(64, activation="relu")(inputs)
h = layers.Dropout(0.2)(h)
h = layers.Dense(32, activation="relu")(h)
outputs = layers.Dense(8, activation="softmax")(h)
model = keras.Model(inputs, outputs)
model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])

# %% train
model.fit(X_train, Y_train, validation_data=(X_test, Y_test), epochs=15, batch_size=32, verbose=2)

# %%
pred = model.predict(X_test, verbose=0) > 0.5
print("genres predicted per film:", pred.sum(1).mean(), "true:", Y_test.sum(1).mean())
print("micro F1:", round(f1_score(Y_test, pred, average="micro", zero_division=0), 3))
