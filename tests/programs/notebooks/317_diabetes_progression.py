# %%
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_diabetes
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from tensorflow.keras import Sequential
from tensorflow.keras.layers import Dense, Input

# %%
X, y = load_diabetes(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=17)
xs, ys = StandardScaler(), StandardScaler()
X_train = xs.fit_transform(X_train)
X_test = xs.transform(X_test)
y_train_s = ys.fit_transform(y_train.reshape(-1, 1))
y_test_s = ys.transform(y_test.reshape(-1, 1))

# %%
tf.keras.utils.set_random_seed(17)
model = Sequential([
    Input(shape=(10,)),
    Dense(512, activation="relu"),
    Dense(512, activation="relu"),
    Dense(256, activation="relu"),
    Dense(1),
])
model.compile(optimizer="adam", loss="mean_squared_error", metrics=["mae"])

# %% train
history = model.fit(X_train, y_train_s, epochs=120, batch_size=16, verbose=2,
                    validation_data=(X_test, y_test_s))

# %%
y_hat = ys.inverse_transform(model.predict(X_test, verbose=0))
print("MAE", mean_absolute_error(y_test, y_hat))
print("R2", r2_score(y_test, y_hat))
