# %%
import numpy as np
import pandas as pd
import tensorflow as tf
from sklearn.metrics import mean_poisson_deviance

# %%
rs = np.random.RandomState(42)
n = 5000
bikes = pd.DataFrame(dict(
    hour=rs.randint(0, 24, n), temp_c=rs.normal(12, 9, n), humidity=rs.uniform(20, 100, n),
    pressure_hpa=rs.normal(1013, 9, n), is_weekend=rs.binomial(1, 2 / 7, n)))
rush = np.exp(-0.5 * ((bikes.hour - 8) / 1.5) ** 2) + np.exp(-0.5 * ((bikes.hour - 17) / 2) ** 2)
log_rate = 0.6 + 1.6 * rush * (1 - 0.6 * bikes.is_weekend) + 0.04 * bikes.temp_c - 0.006 * bikes.humidity
bikes["rentals"] = rs.poisson(np.exp(log_rate))
train_df, val_df, test_df = bikes[:3500], bikes[3500:4200], bikes[4200:]

# %%
def to_xy(frame):
    hour = np.stack([np.sin(frame.hour * 2 * np.pi / 24), np.cos(frame.hour * 2 * np.pi / 24),
                     np.sin(frame.hour * 4 * np.pi / 24), np.cos(frame.hour * 4 * np.pi / 24)], 1)
    x = np.hstack([hour, frame[["temp_c", "humidity", "pressure_hpa", "is_weekend"]]])
    return x.astype("float32"), frame["rentals"].to_numpy("float32")

x_tr, y_tr = to_xy(train_df)
x_va, y_va = to_xy(val_df)
x_te, y_te = to_xy(test_df)

# %%
norm = tf.keras.layers.Normalization()
norm.adapt(x_tr)
net = tf.keras.Sequential([
    tf.keras.Input((x_tr.shape[1],)), norm,
    tf.keras.layers.Dense(32, activation="swish"),
    tf.keras.layers.Dense(32, activation="swish"),
    tf.keras.layers.Dense(1, activation="exponential"),
])
net.compile(optimizer=tf.keras.optimizers.Adam(2e-3), loss="poisson")

# %% train
net.fit(x_tr, y_tr, validation_data=(x_va, y_va), epochs=30, batch_size=64, verbose=2,
        callbacks=[tf.keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)])

# %%
mu = net.predict(x_te, verbose=0).ravel()
print("deviance of the mean:", mean_poisson_deviance(y_te, np.full_like(y_te, y_tr.mean())))
print("deviance of the net:", mean_poisson_deviance(y_te, mu))
