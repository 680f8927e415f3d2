# %%
import numpy as np
import pandas as pd
import keras
from keras.models import Sequential
from keras.layers import Dense, Input
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(42)

# %%
iris = load_iris(as_frame=True)
df = iris.frame
X = df.drop(columns="target").to_numpy()
y = df["target"].to_numpy()
x_train, x_test, y_train, y_test = train_test_split(X, y, test_size=0.3, stratify=y, random_state=42)
sc = StandardScaler()
x_train = sc.fit_transform(x_train)
x_test = sc.transform(x_test)

# %%
model = Sequential()
model.add(Input((4,)))
model.add(Dense(10, activation="relu"))
model.add(Dense(10, activation="relu"))
model.add(Dense(1, activation="sigmoid"))
model.compile(optimizer=keras.optimizers.Adam(0.01), loss="binary_crossentropy", metrics=["accuracy"])

# %% train
h = model.fit(x_train, y_train, epochs=50, batch_size=8, verbose=0)

# %%
pred = np.rint(model.predict(x_test, verbose=0).ravel()).astype(int)
print(h.history["loss"][-1], h.history["accuracy"][-1])
print(pd.crosstab(y_test, pred))
