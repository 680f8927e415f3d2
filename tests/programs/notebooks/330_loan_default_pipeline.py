# %%
import numpy as np
import pandas as pd
import tensorflow as tf
from sklearn.compose import make_column_transformer
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import OneHotEncoder, StandardScaler

# %%
rng = np.random.default_rng(71)
n = 5000
loans = pd.DataFrame({
    "income": rng.lognormal(10.3, 0.5, n), "amount": rng.lognormal(9.2, 0.7, n),
    "age": rng.integers(19, 75, n), "utilisation": rng.beta(2, 3, n), "n_late": rng.poisson(0.8, n),
    "purpose": rng.choice(["car", "house", "study", "debt"], n),
    "job": rng.choice(["salaried", "self", "none"], n, p=[.7, .2, .1])})
burden = np.log(loans.amount / loans.income)
z = (1.6 * (burden + 1.1) + 3 * (loans.utilisation - 0.4) + 0.9 * np.minimum(loans.n_late, 3) - 0.9
     + 1.8 * ((loans.purpose == "debt") & (loans.job != "salaried")) - 0.04 * np.abs(loans.age - 45) + 0.4)
loans["default"] = (rng.random(n) < 1 / (1 + np.exp(-1.8 * z))).astype(int)

# %%
train, test = train_test_split(loans, test_size=0.2, random_state=0, stratify=loans["default"])
ct = make_column_transformer(
    (StandardScaler(), ["income", "amount", "age", "utilisation", "n_late"]),
    (OneHotEncoder(sparse_output=False), ["purpose", "job"]))
X_train = ct.fit_transform(train).astype("float32")
X_test = ct.transform(test).astype("float32")
y_train, y_test = train["default"].to_numpy(), test["default"].to_numpy()

# %%
tf.keras.utils.set_random_seed(71)
model = tf.keras.Sequential([
    tf.keras.layers.Input((X_train.shape[1],)),
    tf.keras.layers.Dense(32, activation="relu"),
    tf.keras.layers.Dense(16, activation="relu"),
    tf.keras.layers.Dense(1, activation="sigmoid")])
model.compile(optimizer=tf.keras.optimizers.Adam(1e-3), loss="binary_crossentropy",
              metrics=["accuracy", tf.keras.metrics.AUC(name="auc")])

# %% train
model.fit(X_train, y_train, epochs=10, batch_size=len(X_train), validation_data=(X_test, y_test), verbose=2)

# %%
acc = np.mean((model.predict(X_test, verbose=0).ravel() > 0.5) == y_test)
print("majority share", max(y_test.mean(), 1 - y_test.mean()))
print("test accuracy", acc)
