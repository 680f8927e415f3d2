# %%
import numpy as np
import keras
from keras import layers
from sklearn.datasets import make_classification
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(28)

# %%
X, y = make_classification(n_samples=4000, n_features=14, n_informative=6, weights=[0.97], class_sep=1.2, flip_y=0.0, random_state=28)
x_train, x_test, y_train, y_test = train_test_split(X, y, test_size=0.3, stratify=y, random_state=28)
sc = StandardScaler().fit(x_train)
x_train, x_test = sc.transform(x_train), sc.transform(x_test)

# %%
model = keras.Sequential([
    layers.Input((14,)),
    layers.Dense(16, activation="relu"),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])

# %% train
history = model.fit(x_train, y_train, epochs=20, batch_size=64, validation_data=(x_test, y_test), verbose=0)

# %%
pred = (model.predict(x_test, verbose=0).ravel() > 0.5).astype(int)
print(history.history["val_accuracy"][-1])
print(confusion_matrix(y_test, pred))
