# %%
import numpy as np
import pandas as pd
import tensorflow as tf
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import StandardScaler

# %%
def crm_export(n, seed):
    r = np.random.default_rng(seed)
    d = pd.DataFrame(r.normal(size=(n, 24)), columns=[f"kpi_{i:02d}" for i in range(24)])
    score = 0.9 * d.kpi_00 - 0.7 * d.kpi_03 + 0.6 * d.kpi_07 * d.kpi_11
    d["churn"] = (score + r.normal(0, 1.0, n) > 0).astype(int)
    return d

df = crm_export(500, 0)
new_customers = crm_export(2000, 1)     # next quarter, arrived later
X, y = df.drop(columns="churn").values, df["churn"].values

# %%
tf.keras.utils.set_random_seed(5)
def build_model():
    m = tf.keras.Sequential([
        tf.keras.layers.Input((24,)),
        tf.keras.layers.Dense(128, activation="relu"),
        tf.keras.layers.Dense(64, activation="relu"),
        tf.keras.layers.Dense(1, activation="sigmoid")])
    m.compile(optimizer=tf.keras.optimizers.Adam(1e-3), loss="binary_crossentropy", metrics=["accuracy"])
    return m

model = build_model()
skf = StratifiedKFold(n_splits=5, shuffle=True, random_state=5)
scores = []

# %% train
for fold, (tr, va) in enumerate(skf.split(X, y)):
    scaler = StandardScaler().fit(X[tr])
    hist = model.fit(scaler.transform(X[tr]), y[tr], epochs=15, batch_size=16, verbose=0,
                     validation_data=(scaler.transform(X[va]), y[va]))
    scores.append(hist.history["val_accuracy"][-1])
    print(f"fold {fold}: train {hist.history['accuracy'][-1]:.3f}  val {scores[-1]:.3f}")

# %%
cv = np.mean(scores)
fresh = model.evaluate(scaler.transform(new_customers.drop(columns="churn").values), new_customers["churn"].values, verbose=0)[1]
print(f"CV accuracy {cv:.3f}, new customers {fresh:.3f}, difference {cv - fresh:.3f}")
