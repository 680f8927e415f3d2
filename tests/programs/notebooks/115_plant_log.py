# %%
import numpy as np
import pandas as pd
import keras
from keras import layers
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import MinMaxScaler

keras.utils.set_random_seed(33)
rng = np.random.default_rng(33)

# %%
n = 1200
log = pd.DataFrame({
    "pressure": rng.normal(5.0, 0.8, n),
    "flow": rng.normal(30.0, 6.0, n),
    "vibration": rng.gamma(2.0, 0.4, n),
    "oil_temp": rng.normal(60.0, 7.0, n),
})
risk = (log.pressure - 5) / 0.8 - (log.flow - 30) / 6 + 1.5 * (log.vibration - 0.8) + (log.oil_temp - 60) / 7 * (log.pressure - 5)
log["fault"] = (risk > risk.median()).astype(int)
for column in ["pressure", "flow", "vibration", "oil_temp"]:
    log.loc[rng.choice(n, 8, replace=False), column] = 99999.0
train, test = train_test_split(log, test_size=0.25, random_state=33)
scaler = MinMaxScaler().fit(train.drop(columns="fault"))
x_train, y_train = scaler.transform(train.drop(columns="fault")), train.fault.to_numpy()
x_test, y_test = scaler.transform(test.drop(columns="fault")), test.fault.to_numpy()

# %%
model = keras.Sequential([
    layers.Input((4,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(16, activation="relu"),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer=keras.optimizers.Adam(0.003), loss="binary_crossentropy", metrics=["accuracy"])

# %% train
history = model.fit(x_train, y_train, epochs=40, batch_size=32, validation_data=(x_test, y_test), verbose=0)

# %%
print(history.history["accuracy"][-1], history.history["val_accuracy"][-1])
