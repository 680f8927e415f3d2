# %%
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.metrics import classification_report, accuracy_score
from keras.models import Sequential
from keras.layers import Dense, Input
import keras

keras.utils.set_random_seed(21)

# %%
cancer = load_breast_cancer(as_frame=True)
X = cancer.data
y = cancer.target
X.describe().T[["mean", "std", "min", "max"]]

# %%
X_train, X_test, y_train, y_test = train_test_split(X.values, y.values, test_size=0.3, random_state=0)

# %%
model = Sequential()
model.add(Input((30,)))
model.add(Dense(16, activation="relu"))
model.add(Dense(8, activation="relu"))
model.add(Dense(1, activation="softmax"))
model.compile(loss="binary_crossentropy", optimizer=keras.optimizers.SGD(0.01), metrics=["accuracy"])

# %% train
history = model.fit(X_train, y_train, epochs=40, batch_size=32, verbose=2, validation_data=(X_test, y_test))

# %%
y_pred = (model.predict(X_test, verbose=0) > 0.5).astype(int).ravel()
print(classification_report(y_test, y_pred, zero_division=0))
print("accuracy:", round(accuracy_score(y_test, y_pred), 3))
