# %%
import numpy as np, pandas as pd
from sklearn.model_selection import GroupShuffleSplit
from sklearn.preprocessing import LabelEncoder, StandardScaler
import tensorflow as tf
tf.keras.utils.set_random_seed(2)

# %% field trials: 60 farms, each grows some of the cultivars
g = np.random.default_rng(2)
base = {"Accordine": 5.1, "Barke": 7.9, "Catamaran": 8.3, "Leandra": 6.0,
        "Planet": 5.4, "Quench": 8.8, "Solist": 6.6}
rows = []
for farm in range(60):
    grown = ["Barke", "Catamaran", "Leandra", "Planet", "Quench", "Solist"]
    if farm % 9 == 4:
        grown = grown + ["Accordine"] * 2
    for _ in range(70):
        c = str(g.choice(grown))
        rain, nitrogen, ph = g.normal(290, 60), g.uniform(60, 180), g.normal(6.5, .4)
        y = base[c] + .006 * (rain - 290) + .012 * (nitrogen - 120) - .8 * (ph - 6.5) ** 2
        rows.append((farm, c, rain, nitrogen, ph, y + g.normal(0, .3)))
trials = pd.DataFrame(rows, columns=["farm", "cultivar", "rain", "nitrogen", "ph", "t_ha"])

# %%
split = GroupShuffleSplit(n_splits=1, test_size=0.2, random_state=8)
i_tr, i_va = next(split.split(trials, groups=trials["farm"]))
parts = {"tr": trials.iloc[i_tr].copy(), "va": trials.iloc[i_va].copy()}
for name, part in parts.items():
    part["cultivar"] = LabelEncoder().fit_transform(part["cultivar"])

cols = ["cultivar", "rain", "nitrogen", "ph"]
scaler = StandardScaler().fit(parts["tr"][cols])
X_tr, X_va = (scaler.transform(parts[k][cols]) for k in ("tr", "va"))
y_tr, y_va = parts["tr"]["t_ha"].values, parts["va"]["t_ha"].values

# %%
net = tf.keras.Sequential([tf.keras.Input((4,)),
                           tf.keras.layers.Dense(64, activation="relu"),
                           tf.keras.layers.Dense(64, activation="relu"),
                           tf.keras.layers.Dense(1)])
net.compile(optimizer=tf.keras.optimizers.Adam(2e-3), loss="mse", metrics=["mae"])

# %% train
log = net.fit(X_tr, y_tr, validation_data=(X_va, y_va), epochs=20, batch_size=64, verbose=2)
