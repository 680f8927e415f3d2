# %%
import numpy as np
import pandas as pd
import tensorflow as tf
from sklearn.compose import make_column_transformer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import OneHotEncoder, StandardScaler
tf.keras.utils.set_random_seed(6)

# %% rolls sold per shop and day; stock level that suffices on nine days of ten
rng = np.random.default_rng(6)
n = 6000
sales = pd.DataFrame({"weekday": rng.integers(0, 7, n), "temp": rng.normal(14, 7, n),
                      "footfall": rng.lognormal(5.5, .4, n), "holiday": rng.binomial(1, .06, n)})
level = (60 + 0.35 * sales.footfall + 25 * (sales.weekday >= 5) - 0.8 * sales.temp
         + 40 * sales.holiday)
sales["rolls"] = rng.gamma(12, level / 12)

train, val = train_test_split(sales, test_size=0.2, random_state=6)
prep = make_column_transformer((OneHotEncoder(), ["weekday"]), (StandardScaler(), ["temp", "footfall"]),
                               ("passthrough", ["holiday"]), sparse_threshold=0)
Xt = prep.fit_transform(train).astype("float32")
Xv = prep.transform(val).astype("float32")
yt = train[["rolls"]].to_numpy("float32") / 100
yv = val[["rolls"]].to_numpy("float32") / 100

# %%
class QuantileLoss(tf.keras.losses.Loss):
    def __init__(self, tau=0.9, name="quantile_loss"):
        super().__init__(name=name)
        self.tau = tau

    def call(self, y_true, y_pred):
        diff = tf.subtract(y_pred, y_true)
        return tf.reduce_mean(tf.where(diff >= 0, self.tau * diff, (self.tau - 1.0) * diff), axis=-1)

# %%
stock = tf.keras.Sequential([tf.keras.Input((Xt.shape[1],)),
                             tf.keras.layers.Dense(32, activation="relu"),
                             tf.keras.layers.Dense(32, activation="relu"),
                             tf.keras.layers.Dense(1)])
stock.compile(optimizer=tf.keras.optimizers.Adam(1e-3), loss=QuantileLoss(0.9))

# %% train
record = stock.fit(Xt, yt, validation_data=(Xv, yv), epochs=20, batch_size=64, verbose=2)
