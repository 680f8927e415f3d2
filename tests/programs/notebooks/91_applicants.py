# %%
import numpy as np
import pandas as pd
import keras
from keras import layers
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(31)
rng = np.random.default_rng(31)

# %%
n = 900
df = pd.DataFrame({
    "income": rng.lognormal(10.3, 0.4, n),
    "age": rng.integers(19, 70, n).astype(float),
    "debt": rng.gamma(2.0, 4000.0, n),
    "years_employed": rng.gamma(2.0, 3.0, n),
})
score = 1.6 * np.log(df.income / 30000) - df.debt / 6000 + 0.25 * df.years_employed + 0.02 * df.age
df["approved"] = (score + rng.normal(0, 0.3, n) > score.median()).astype(int)
df.loc[rng.choice(n, 60, replace=False), "years_employed"] = np.nan
df.loc[rng.choice(n, 25, replace=False), "income"] = np.nan
train, test = train_test_split(df, test_size=0.25, random_state=31)
x_train, y_train = train.drop(columns="approved").to_numpy(), train.approved.to_numpy()
x_test, y_test = test.drop(columns="approved").to_numpy(), test.approved.to_numpy()
scaler = StandardScaler().fit(x_train)
x_train, x_test = scaler.transform(x_train), scaler.transform(x_test)

# %%
model = keras.Sequential([
    layers.Input((4,)),
    layers.Dense(24, activation="relu"),
    layers.Dense(12, activation="relu"),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])

# %% train
history = model.fit(x_train, y_train, epochs=40, batch_size=32, validation_data=(x_test, y_test), verbose=0)

# %%
print(history.history["loss"][-1], history.history["val_accuracy"][-1])
