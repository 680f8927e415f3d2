# %%
import numpy as np
import pandas as pd
import keras
from keras import layers
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from sklearn.metrics import classification_report

keras.utils.set_random_seed(17)

# %%
# card payments, fraud yes/no
rng = np.random.default_rng(17)
n = 10000
fraud = rng.random(n) < 0.06
df = pd.DataFrame({
    "amount": rng.lognormal(3.2, 0.9, n) * np.where(fraud, 2.0, 1.0),
    "hour": np.where(fraud & (rng.random(n) < .5), rng.integers(0, 6, n), rng.integers(0, 24, n)),
    "km_from_home": rng.exponential(12, n) * np.where(fraud, 2.5, 1),
    "n_last_hour": rng.poisson(np.where(fraud, 1.5, 0.5)),
    "account_age": rng.gamma(2, 600, n) * np.where(fraud, 0.6, 1.0),
    "is_fraud": fraud.astype(int),
})
df["log_amount"] = np.log(df.amount)
print(df.is_fraud.value_counts(normalize=True))

# %%
cols = ["log_amount", "hour", "km_from_home", "n_last_hour", "account_age"]
train, test = train_test_split(df, test_size=0.25, stratify=df.is_fraud, random_state=17)
sc = StandardScaler().fit(train[cols])
x_train, x_test = sc.transform(train[cols]), sc.transform(test[cols])
y_train, y_test = train.is_fraud.to_numpy(), test.is_fraud.to_numpy()

# the data is unbalanced -> weights
counts = train.is_fraud.value_counts()
weights = {c: counts[c] / len(train) for c in (0, 1)}
print(weights)

# %%
model = keras.Sequential([
    keras.Input((len(cols),)),
    layers.Dense(32, activation="relu"),
    layers.Dense(16, activation="relu"),
    layers.Dropout(0.2),
    layers.Dense(1, activation="sigmoid"),
])
model.compile("adam", "binary_crossentropy", metrics=["accuracy", keras.metrics.Recall(name="recall")])

# %% train
hist = model.fit(x_train, y_train, epochs=15, batch_size=128, class_weight=weights,
                 validation_data=(x_test, y_test), verbose=2)

# %%
pred = (model.predict(x_test, verbose=0).ravel() > 0.5).astype(int)
print(classification_report(y_test, pred, zero_division=0))
