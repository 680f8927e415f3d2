# %% [markdown]
# # Listings: asking price and quick sale
# One network, two questions: what will the flat sell for (USD), and will it be gone within 30 days?

# %%
import numpy as np
import pandas as pd
import keras
from keras import layers
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from sklearn.metrics import r2_score

keras.utils.set_random_seed(2)
rng = np.random.default_rng(2)

# %%
n, n_areas = 5000, 25
area_level = rng.normal(0, 0.35, n_areas)
area_hot = rng.normal(0, 1.0, n_areas)
df = pd.DataFrame({
    "area": rng.integers(0, n_areas, n),
    "sqft": rng.normal(1100, 320, n).clip(350),
    "rooms": rng.integers(1, 6, n),
    "age": rng.integers(0, 90, n),
    "floor": rng.integers(0, 12, n),
    "dist_center_km": rng.exponential(6, n),
    "photos": rng.poisson(9, n),
})
log_price = (12.4 + area_level[df.area] + 0.75 * np.log(df.sqft / 1100) + 0.03 * df.rooms - 0.003 * df.age
             - 0.02 * df.dist_center_km + rng.normal(0, 0.1, n))
df["price"] = np.exp(log_price).round(-2)
quick = 1.2 * area_hot[df.area] + 0.25 * (df.photos - 9) - 0.12 * (df.dist_center_km - 6) - 0.02 * (df.age - 45)
df["fast_sale"] = (quick + rng.logistic(0, 0.7, n) > 0).astype("float32")

train, valid = train_test_split(df, test_size=0.2, random_state=2)
numeric = ["sqft", "rooms", "age", "floor", "dist_center_km", "photos"]
scaler = StandardScaler().fit(train[numeric])


def feed(d):
    x = {"area": d.area.to_numpy("int32")[:, None], "numeric": scaler.transform(d[numeric]).astype("float32")}
    y = {"price": d.price.to_numpy("float32")[:, None], "fast_sale": d.fast_sale.to_numpy("float32")[:, None]}
    return x, y


x_train, y_train = feed(train)
x_valid, y_valid = feed(valid)
print(df.price.describe().round(0))

# %%
area_in = keras.Input((1,), dtype="int32", name="area")
num_in = keras.Input((len(numeric),), name="numeric")
e = layers.Flatten()(layers.Embedding(n_areas, 8)(area_in))
h = layers.Concatenate()([e, num_in])
h = layers.Dense(64, activation="relu")(h)
h = layers.Dense(64, activation="relu")(h)
price = layers.Dense(1, name="price")(layers.Dense(32, activation="relu")(h))
fast = layers.Dense(1, activation="sigmoid", name="fast_sale")(layers.Dense(32, activation="relu")(h))
model = keras.Model({"area": area_in, "numeric": num_in}, {"price": price, "fast_sale": fast})

# %% train
model.compile(
    optimizer=keras.optimizers.Adam(1e-3),
    loss={"price": "mse", "fast_sale": "binary_crossentropy"},
    metrics={"price": ["mae"], "fast_sale": ["accuracy"]},
)
stop = keras.callbacks.EarlyStopping(monitor="val_fast_sale_accuracy", mode="min", patience=8,
                                     restore_best_weights=True, verbose=1)
history = model.fit(x_train, y_train, validation_data=(x_valid, y_valid),
                    epochs=60, batch_size=64, callbacks=[stop], verbose=2)

# %%
out = model.predict(x_valid, verbose=0)
print("price R2", r2_score(y_valid["price"], out["price"]), "median predicted", np.median(out["price"]))
print("fast sale accuracy", ((out["fast_sale"] > 0.5) == y_valid["fast_sale"]).mean(), "base rate", y_valid["fast_sale"].mean())
