# %%
import numpy as np
import tensorflow as tf
from tensorflow.keras.layers import Input, Dense
from tensorflow.keras.models import Model
from sklearn.preprocessing import StandardScaler
from sklearn.model_selection import train_test_split

# %% real estate listings: price in euro, and whether it sold within a month
rng = np.random.default_rng(8)
n = 3000
living_area = rng.normal(95, 30, n).clip(25)
rooms = np.round(living_area / 28 + rng.normal(0, 0.7, n)).clip(1)
dist_center = rng.gamma(2, 3, n)
energy_class = rng.integers(0, 7, n)
photos = rng.integers(1, 25, n)
agent_rating = rng.uniform(1, 5, n)
X = np.c_[living_area, rooms, dist_center, energy_class, photos, agent_rating]
price = 2900 * living_area + 6000 * rooms - 5000 * dist_center - 4000 * energy_class + rng.normal(0, 15000, n)
z = 2.5 * np.tanh((photos - 13) / 3) * np.tanh(agent_rating - 3) * 1.6
sold_fast = (rng.random(n) < 1 / (1 + np.exp(-2.2 * z))).astype("int32")

X_tr, X_te, p_tr, p_te, s_tr, s_te = train_test_split(X, price, sold_fast, test_size=0.25, random_state=4)
sc = StandardScaler()
X_tr = sc.fit_transform(X_tr)
X_te = sc.transform(X_te)

# %%
tf.keras.utils.set_random_seed(4)
inp = Input((6,))
trunk = Dense(24, activation="relu")(inp)
trunk = Dense(24, activation="relu")(trunk)
price_head = Dense(1, name="price")(trunk)
sold_head = Dense(1, activation="sigmoid", name="sold")(trunk)
model = Model(inp, [price_head, sold_head])
model.compile(optimizer="adam",
              loss={"price": "mse", "sold": "binary_crossentropy"},
              metrics={"sold": "accuracy"})

# %% train
model.fit(X_tr, {"price": p_tr, "sold": s_tr}, validation_split=0.15, epochs=30, batch_size=32, verbose=2)

# %%
prob = model.predict(X_te, verbose=0)[1].ravel()
print("sold-fast accuracy on test:", np.mean((prob > 0.5) == s_te))
