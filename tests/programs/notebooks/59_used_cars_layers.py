# %%
import numpy as np
import pandas as pd
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(90)

# %%
rng = np.random.default_rng(90)
n = 3000
cars = pd.DataFrame({
    "brand": rng.choice(["Audi", "Fiat", "Ford", "Kia", "Seat", "Volvo"], n),
    "fuel": rng.choice(["petrol", "diesel", "electric"], n),
    "km": rng.gamma(3, 30000, n),
    "age": rng.uniform(0, 15, n),
    "hp": rng.normal(120, 35, n).clip(45),
})
brand_fx = {"Audi": 0.45, "Fiat": -0.3, "Ford": 0.0, "Kia": -0.05, "Seat": -0.15, "Volvo": 0.35}
fuel_fx = {"petrol": 0.0, "diesel": 0.05, "electric": 0.3}
log_price = (9.9 + cars.brand.map(brand_fx).astype(float) + cars.fuel.map(fuel_fx).astype(float) - 0.09 * cars.age
             - 2e-6 * cars.km + 0.004 * (cars.hp - 120) + rng.normal(0, 0.1, n))
cars["price"] = np.exp(log_price)

# %%
train = cars.sample(frac=0.8, random_state=0)
test = cars.drop(train.index)

def to_dataset(df, shuffle=False):
    target = np.log(df["price"].to_numpy()).astype("float32")
    cols = {
        "brand": df["brand"].to_numpy(dtype=object), "fuel": df["fuel"].to_numpy(dtype=object),
        **{c: df[c].to_numpy(dtype="float32")[:, None] for c in ["km", "age", "hp"]},
    }
    cols = {k: tf.constant(v, dtype=tf.string)[:, None] if v.dtype == object else v for k, v in cols.items()}
    ds = tf.data.Dataset.from_tensor_slices((cols, target))
    if shuffle:
        ds = ds.shuffle(len(df), seed=1)
    return ds.batch(64).prefetch(2)

# %%
brand_lookup = layers.StringLookup(output_mode="one_hot"); brand_lookup.adapt(train.brand.to_numpy(dtype=object))
fuel_lookup = layers.StringLookup(output_mode="one_hot"); fuel_lookup.adapt(train.fuel.to_numpy(dtype=object))
norms = {}
for c in ["km", "age", "hp"]:
    norms[c] = layers.Normalization(axis=None)
    norms[c].adapt(train[c].to_numpy(dtype="float32"))

def encode(features, target):
    parts = [brand_lookup(features["brand"]), fuel_lookup(features["fuel"])]
    parts += [norms[c](features[c]) for c in ["km", "age", "hp"]]
    return tf.concat([tf.cast(p, tf.float32) for p in parts], axis=1), target

train_ds = to_dataset(train, shuffle=True).map(encode)
test_ds = to_dataset(test).map(encode)

# %%
model = keras.Sequential([
    layers.Input((brand_lookup.vocabulary_size() + fuel_lookup.vocabulary_size() + 3,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(16, activation="relu"),
    layers.Dense(1, bias_initializer=keras.initializers.Constant(float(np.log(train.price).mean()))),
])
model.compile(keras.optimizers.Adam(3e-3), loss="mse", metrics=["mae"])

# %% train
model.fit(train_ds, validation_data=test_ds, epochs=15, verbose=2)

# %%
pred = model.predict(test_ds, verbose=0).ravel()
truth = np.log(test.price.to_numpy())
print("R2 of log price:", round(float(1 - ((pred - truth) ** 2).mean() / truth.var()), 3))
