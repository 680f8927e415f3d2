# %%
import numpy as np
import pandas as pd
import keras
from keras import layers

keras.utils.set_random_seed(2024)

# %%
# yield class of trial plots; last season is held out
rng = np.random.default_rng(2024)
varieties = [f"V{i:02d}" for i in range(40)]
soils = ["loam", "clay", "sand", "silt", "peat"]
regions = ["north", "coast", "hills", "plain", "delta", "south"]
var_eff = dict(zip(varieties, rng.normal(0, 1.0, 40)))
soil_eff = dict(zip(soils, rng.normal(0, 0.6, 5)))
reg_eff = dict(zip(regions, rng.normal(0, 0.6, 6)))

def season(n, vs, ss, rs):
    d = pd.DataFrame({
        "variety": rng.choice(vs, n), "soil": rng.choice(ss, n), "region": rng.choice(rs, n),
        "rain": rng.normal(0, 1, n), "nitrogen": rng.normal(0, 1, n),
    })
    score = (d.variety.map(var_eff) + d.soil.map(soil_eff) + d.region.map(reg_eff)
             + 0.3 * d.rain + 0.3 * d.nitrogen + rng.normal(0, 0.25, n))
    d["yield_class"] = pd.cut(score, [-np.inf, -0.5, 0.5, np.inf], labels=["low", "mid", "high"])
    return d

train_df = season(5000, varieties, soils, regions)
valid_df = season(1200, varieties[3:9] + varieties[12:30], soils[1:], ["coast", "delta", "plain"])
print(train_df.yield_class.value_counts(), valid_df.yield_class.value_counts())

# %%
cat_cols = ["variety", "soil", "region"]
num_cols = ["rain", "nitrogen"]

def prepare(frame):
    frame = frame.copy()
    for c in cat_cols:
        frame[c] = frame[c].astype("category").cat.codes
    target = frame["yield_class"].cat.codes.to_numpy()
    inputs = {c: frame[c].to_numpy("int32") for c in cat_cols}
    inputs["numeric"] = frame[num_cols].to_numpy("float32")
    return inputs, target

x_train, y_train = prepare(train_df)
x_valid, y_valid = prepare(valid_df)

# %%
inputs, parts = {}, []
for c in cat_cols:
    inputs[c] = keras.Input((), dtype="int32", name=c)
    parts.append(layers.Embedding(train_df[c].nunique(), 6)(inputs[c]))
inputs["numeric"] = keras.Input((len(num_cols),), name="numeric")
parts.append(inputs["numeric"])
h = layers.Concatenate()(parts)
h = layers.Dense(48, activation="relu")(h)
h = layers.Dropout(0.2)(h)
out = layers.Dense(3, activation="softmax")(h)
model = keras.Model(inputs, out)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])

# %% train
history = model.fit(x_train, y_train, validation_data=(x_valid, y_valid), epochs=15, batch_size=64, verbose=2)

# %%
print({k: round(v[-1], 3) for k, v in history.history.items()})
