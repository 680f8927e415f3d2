# %%
import numpy as np
import pandas as pd
import keras
from keras import layers

keras.utils.set_random_seed(11)
rng = np.random.default_rng(11)

# %% orders of one year, delivery time in minutes
zones = ["Altona", "Barmbek", "Bergedorf", "Eimsbuettel", "Harburg", "Lokstedt",
         "Ottensen", "Rahlstedt", "StPauli", "Uhlenhorst", "Veddel", "Wandsbek"]
zone_delay = dict(zip(zones, rng.normal(0, 7, len(zones))))
n = 9000
day = np.sort(rng.integers(0, 365, n))
popular = rng.dirichlet(np.full(12, 6.0))
zone = rng.choice(zones, n, p=popular)
orders = pd.DataFrame({"date": pd.Timestamp("2023-01-01") + pd.to_timedelta(day, unit="D"),
                       "zone": zone, "hour": rng.integers(10, 23, n)})
orders = orders[~((orders.zone == "Veddel") & (orders.date >= "2023-10-01"))]
orders["minutes"] = (31 + orders.zone.map(zone_delay) + 5 * np.sin(orders.hour / 2)
                     + rng.normal(0, 2.5, len(orders)))
past, recent = orders[orders.date < "2023-11-01"], orders[orders.date >= "2023-11-01"]

# %%
def to_inputs(frame):
    lookup = layers.StringLookup()
    lookup.adapt(frame.zone.to_numpy(dtype=str))
    ids = np.asarray(lookup(frame.zone.to_numpy(dtype=str)))
    return {"zone": ids, "hour": frame.hour.to_numpy() - 10}

x_train, y_train = to_inputs(past), past.minutes.to_numpy()
x_val, y_val = to_inputs(recent), recent.minutes.to_numpy()

# %%
zone_in = keras.Input((), name="zone", dtype="int32")
hour_in = keras.Input((), name="hour", dtype="int32")
h = layers.Concatenate()([layers.Embedding(13, 6)(zone_in), layers.Embedding(13, 4)(hour_in)])
h = layers.Dense(32, activation="relu")(h)
model = keras.Model([zone_in, hour_in], layers.Dense(1)(h))
model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="mse", metrics=["mae"])

# %% train
history = model.fit(x_train, y_train, validation_data=(x_val, y_val), epochs=12, batch_size=64, verbose=2)
