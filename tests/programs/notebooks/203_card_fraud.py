# %% [markdown]
# ## Card fraud scoring
# About 2% of transactions are fraud. We rank transactions for the review desk (they can look at ~5% a day).

# %%
import numpy as np
import pandas as pd
import keras
from keras import layers
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(3)
rng = np.random.default_rng(3)

# %%
n = 24000
df = pd.DataFrame({
    "amount": rng.lognormal(3.4, 1.0, n),
    "hour": rng.integers(0, 24, n),
    "n_last_hour": rng.poisson(0.8, n),
    "km_from_home": rng.exponential(12, n),
    "account_age_days": rng.gamma(2.0, 400, n),
    "online": rng.integers(0, 2, n),
    "merchant_risk": rng.beta(2, 8, n),
})
night = ((df.hour < 6) | (df.hour > 22)).astype(float)
score = (0.9 * (np.log(df.amount) - 3.4) + 1.4 * night * df.online + 0.8 * df.n_last_hour
         + 0.05 * df.km_from_home * (1 - df.online) + 6 * df.merchant_risk
         - 0.5 * np.log1p(df.account_age_days / 100))
score = score + rng.logistic(0, 0.6, n)
df["fraud"] = (score > np.quantile(score, 0.98)).astype(int)
print(df.fraud.mean())

# %%
X = df.drop(columns="fraud")
X["amount"] = np.log(X["amount"])
X["km_from_home"] = np.log1p(X["km_from_home"])
X["account_age_days"] = np.log1p(X["account_age_days"])
X["hour_sin"] = np.sin(2 * np.pi * X.hour / 24)
X["hour_cos"] = np.cos(2 * np.pi * X.hour / 24)
X = X.drop(columns="hour").to_numpy("float32")
y = df.fraud.to_numpy("float32")
X_tr, X_tmp, y_tr, y_tmp = train_test_split(X, y, test_size=0.4, stratify=y, random_state=0)
X_va, X_te, y_va, y_te = train_test_split(X_tmp, y_tmp, test_size=0.5, stratify=y_tmp, random_state=0)

# %%
norm = layers.Normalization()
norm.adapt(X_tr)
pos = y_tr.mean()
class_weight = {0: 0.5 / (1 - pos), 1: 0.5 / pos}

model = keras.Sequential([
    keras.Input((X_tr.shape[1],)), norm,
    layers.Dense(48, activation="relu"), layers.Dropout(0.2),
    layers.Dense(24, activation="relu"),
    layers.Dense(1, activation="sigmoid"),
])

# %% train
model.compile(
    optimizer=keras.optimizers.Adam(1e-3), loss="binary_crossentropy",
    metrics=["accuracy", keras.metrics.Precision(name="precision"), keras.metrics.Recall(name="recall"),
             keras.metrics.AUC(curve="PR", name="pr_auc")])
early = keras.callbacks.EarlyStopping(monitor="val_pr_auc", mode="max", patience=8, restore_best_weights=True)
history = model.fit(X_tr, y_tr, validation_data=(X_va, y_va), epochs=40, batch_size=256,
                    class_weight=class_weight, callbacks=[early], verbose=2)

# %%
s = model.predict(X_te, verbose=0)[:, 0]
print("test ROC AUC", roc_auc_score(y_te, s), "PR AUC", average_precision_score(y_te, s))
top = np.argsort(-s)[: int(0.05 * len(s))]
print("share of all fraud inside the top 5%:", y_te[top].sum() / y_te.sum())
