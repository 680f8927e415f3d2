# %%
import numpy as np
import pandas as pd
import keras
from keras import layers
keras.utils.set_random_seed(5)

# %%
rs = np.random.RandomState(5)
areas = ["billing", "login", "mobile", "export", "api", "search", "sso", "invoices", "webhooks", "legacy-fax"]
weights = np.array([.16, .15, .13, .12, .12, .11, .1, .06, .049, .001])
logit = np.array([2.2, -2.5, -1.8, 1.9, 2.6, -2.2, 2.4, -2.0, 1.6, 0.0])
plan_shift = {"free": -0.8, "team": 0.0, "enterprise": 0.9}
N = 4000
pick = rs.choice(len(areas), N, p=weights)
tickets = pd.DataFrame({"area": np.array(areas)[pick], "plan": rs.choice(list(plan_shift), N)})
p = 1 / (1 + np.exp(-(logit[pick] + tickets["plan"].map(plan_shift))))
tickets["escalated"] = (rs.rand(N) < p).astype("float32")
tickets.area.value_counts()

# %%
valid = tickets.sample(frac=0.2, random_state=3)
train = tickets.drop(valid.index)

a_train, area_names = pd.factorize(train["area"])
a_valid, _ = pd.factorize(valid["area"])
plan_dummies = ["enterprise", "free", "team"]
p_train = np.stack([train["plan"] == k for k in plan_dummies], axis=1).astype("float32")
p_valid = np.stack([valid["plan"] == k for k in plan_dummies], axis=1).astype("float32")

# %%
area = keras.Input(shape=(1,), dtype="int64")
plan = keras.Input(shape=(3,))
onehot = layers.CategoryEncoding(num_tokens=len(area_names), output_mode="one_hot")(area)
z = layers.concatenate([onehot, plan])
z = layers.Dense(16, activation="relu")(z)
clf = keras.Model([area, plan], layers.Dense(1, activation="sigmoid")(z))
clf.compile("adam", "binary_crossentropy", metrics=["accuracy"])

# %% train
hist = clf.fit([a_train[:, None], p_train], train["escalated"].to_numpy(), epochs=15, batch_size=32,
               validation_data=([a_valid[:, None], p_valid], valid["escalated"].to_numpy()), verbose=2)
