# %%
import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split
from sklearn.metrics import roc_auc_score
from tensorflow import keras

# %%
rng = np.random.default_rng(7)
n = 4000
regions = [f"region_{c}" for c in "ABCDEFGHIJKLMNOPQRST"]
plans = ["prepaid", "basic", "family", "business", "student", "legacy"]
df = pd.DataFrame({
    "region": rng.choice(regions, n),
    "plan": rng.choice(plans, n),
    "annual_income": rng.lognormal(10.6, 0.5, n).round(0),
    "monthly_bill": rng.normal(55, 18, n).clip(8).round(2),
    "tenure_months": rng.integers(1, 72, n),
})
region_effect = dict(zip(regions, rng.permutation(np.linspace(-2.2, 2.2, 20))))
plan_effect = dict(zip(plans, [1.3, -1.1, -0.9, 1.2, -0.6, 0.8]))
logit = (df.region.map(region_effect) + df.plan.map(plan_effect)
         - 0.04 * (df.tenure_months - 36) + 0.02 * (df.monthly_bill - 55)).astype(float)
df["churn"] = (rng.uniform(size=n) < 1 / (1 + np.exp(-logit))).astype(int)
df.head()

# %%
for col in ["region", "plan"]:
    df[col] = df[col].astype("category").cat.codes

features = ["region", "plan", "annual_income", "monthly_bill", "tenure_months"]
X = df[features].astype("float32").values
y = df["churn"].values
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=3, stratify=y)

# %%
model = keras.Sequential([
    keras.layers.Input((X_train.shape[1],)),
    keras.layers.Dense(32, activation="relu"),
    keras.layers.Dense(16, activation="relu"),
    keras.layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy", keras.metrics.AUC(name="auc")])
model.summary()

# %% train
model.fit(X_train, y_train, validation_split=0.2, epochs=25, batch_size=32, verbose=2)

# %%
proba = model.predict(X_test, verbose=0).ravel()
print("test AUC:", round(roc_auc_score(y_test, proba), 3))
