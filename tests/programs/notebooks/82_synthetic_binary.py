# %%
import numpy as np
import keras
from keras import layers
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(21)

# %%
X, target = make_classification(n_samples=1200, n_features=12, n_informative=7, n_clusters_per_class=2, class_sep=1.3, random_state=21)
y = np.where(target == 1, 1, -1)
x_train, x_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=21)
ss = StandardScaler().fit(x_train)
x_train, x_test = ss.transform(x_train), ss.transform(x_test)

# %%
model = keras.Sequential([
    layers.Input((12,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(16, activation="relu"),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])

# %% train
log = model.fit(x_train, y_train, epochs=30, batch_size=32, validation_data=(x_test, y_test), verbose=0)

# %%
print(log.history["loss"][-1], log.history["accuracy"][-1])
print(model.predict(x_test[:8], verbose=0).ravel(), y_test[:8])
