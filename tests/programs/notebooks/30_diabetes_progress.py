# %% [markdown]
# # Diabetes progression after one year
# Regression from ten baseline measurements (sklearn bundled data). The linear model gets R² around 0.45;
# I expected a deep network to beat that.

# %%
import numpy as np
import pandas as pd
import keras
from keras import layers
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(21)

# %%
X, y = load_diabetes(return_X_y=True, scaled=False)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=21)
sx = StandardScaler().fit(X_train)
sy = StandardScaler().fit(y_train.reshape(-1, 1))
X_train, X_test = sx.transform(X_train), sx.transform(X_test)
t_train = sy.transform(y_train.reshape(-1, 1))
t_test = sy.transform(y_test.reshape(-1, 1))
print(X_train.shape, X_test.shape)
print("ridge R2:", r2_score(y_test, Ridge().fit(X_train, y_train).predict(X_test)))

# %%
model = keras.Sequential(
    [
        keras.Input((10,)),
        layers.Dense(256, activation="relu"),
        layers.Dense(256, activation="relu"),
        layers.Dense(128, activation="relu"),
        layers.Dense(1),
    ]
)
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse", metrics=["mae"])
model.summary()

# %% train
history = model.fit(X_train, t_train, validation_data=(X_test, t_test), epochs=110, batch_size=32, verbose=0)

# %%
h = pd.DataFrame(history.history)
print(h.iloc[::10].round(3))
print(h.tail(3).round(4))

# %%
pred = sy.inverse_transform(model.predict(X_test, verbose=0)).ravel()
print("MAE:", mean_absolute_error(y_test, pred), " R2:", r2_score(y_test, pred))
