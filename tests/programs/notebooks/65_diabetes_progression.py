# %%
import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from sklearn.metrics import r2_score
import tensorflow as tf
from tensorflow.keras import Sequential, layers, optimizers

tf.keras.utils.set_random_seed(33)

# %%
X, y = load_diabetes(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=33)
x_scaler, y_scaler = StandardScaler(), StandardScaler()
X_train = x_scaler.fit_transform(X_train)
X_test = x_scaler.transform(X_test)
y_train_s = y_scaler.fit_transform(y_train.reshape(-1, 1))

# %%
model = Sequential([
    layers.Input((10,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(16, activation="relu"),
    layers.Dense(1, activation="relu"),
])
model.compile(optimizer=optimizers.Adam(learning_rate=0.5), loss="mse", metrics=["mae"])

# %% train
hist = model.fit(X_train, y_train_s, epochs=30, batch_size=32, validation_split=0.15, verbose=2)

# %%
pred = y_scaler.inverse_transform(model.predict(X_test, verbose=0))
print("min / max prediction:", pred.min(), pred.max())
print("R2:", round(r2_score(y_test, pred), 3))
