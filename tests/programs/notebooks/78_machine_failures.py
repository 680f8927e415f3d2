# %%
import numpy as np
import pandas as pd
import keras
from keras import layers
from sklearn.metrics import confusion_matrix, recall_score, balanced_accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(15)

# %%
# predictive maintenance: 2 % of the shifts end with a breakdown
rng = np.random.default_rng(15)
n = 8000
df = pd.DataFrame({
    "vibration": rng.normal(2.0, 0.6, n),
    "oil_temp": rng.normal(70, 8, n),
    "pressure": rng.normal(5, 0.7, n),
    "rpm": rng.normal(1500, 120, n),
    "hours_since_service": rng.uniform(0, 900, n),
})
risk = (1.2 * (df.vibration - 2) / 0.6 + 0.8 * (df.oil_temp - 70) / 8 + 0.9 * (df.hours_since_service - 450) / 260)
df["failure"] = (risk + rng.normal(0, 0.9, n) > np.quantile(risk, 0.982) + 0.35).astype(int)
df.failure.value_counts(normalize=True)

# %%
X, y = df.drop(columns="failure").values, df.failure.values
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, stratify=y, random_state=0)
sc = StandardScaler()
X_train, X_test = sc.fit_transform(X_train), sc.transform(X_test)

# %%
model = keras.Sequential([
    layers.Input((5,)),
    layers.Dense(16, activation="relu"),
    layers.Dense(8, activation="relu"),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer=keras.optimizers.SGD(0.01), loss="binary_crossentropy", metrics=["accuracy"])
best = keras.callbacks.ModelCheckpoint("/tmp/best_failures.keras", monitor="val_accuracy", save_best_only=True)

# %% train
model.fit(X_train, y_train, epochs=15, batch_size=64, validation_split=0.2, callbacks=[best], verbose=2)

# %%
model = keras.models.load_model("/tmp/best_failures.keras")
pred = (model.predict(X_test, verbose=0).ravel() > 0.5).astype(int)
print(confusion_matrix(y_test, pred))
print("recall of failures:", round(recall_score(y_test, pred), 3), "balanced accuracy:", round(balanced_accuracy_score(y_test, pred), 3))
