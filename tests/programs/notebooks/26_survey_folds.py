# %%
import numpy as np
import keras
from keras import layers, regularizers
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(44)

# %%
class TumorClassifier:
    def __init__(self, n_features, hidden=(64, 32), l2=0.5, drop=0.4, lr=1e-5):
        self.n_features = n_features
        self.hidden = hidden
        self.l2 = l2
        self.drop = drop
        self.lr = lr
        self.scaler = StandardScaler()
        self.model = self._build()

    def _build(self):
        m = keras.Sequential([keras.Input((self.n_features,))])
        for units in self.hidden:
            m.add(layers.Dense(units, activation="relu",
                               kernel_regularizer=regularizers.l2(self.l2),
                               bias_regularizer=regularizers.l2(self.l2)))
            m.add(layers.Dropout(self.drop))
        m.add(layers.Dense(1, activation="sigmoid", kernel_regularizer=regularizers.l2(self.l2)))
        m.compile(keras.optimizers.Adam(self.lr), "binary_crossentropy", metrics=["accuracy"])
        return m

    def train(self, X, y, X_val, y_val, epochs=30):
        X = self.scaler.fit_transform(X)
        X_val = self.scaler.transform(X_val)
        self.history = self.model.fit(X, y, epochs=epochs, batch_size=32, verbose=0,
                                      validation_data=(X_val, y_val))
        return self.history

    def predict(self, X):
        return self.model.predict(self.scaler.transform(X), verbose=0).ravel()

# %%
X, y = load_breast_cancer(return_X_y=True)
kf = StratifiedKFold(n_splits=3, shuffle=True, random_state=44)

# %% train
accs = []
for i, (a, b) in enumerate(kf.split(X, y)):
    clf = TumorClassifier(X.shape[1])
    h = clf.train(X[a], y[a], X[b], y[b])
    accs.append(h.history["val_accuracy"][-1])
    print(f"fold {i}: loss {h.history['loss'][-1]:.3f} acc {h.history['accuracy'][-1]:.3f} "
          f"val_loss {h.history['val_loss'][-1]:.3f} val_acc {accs[-1]:.3f}")

# %%
p = clf.predict(X[b])
print("mean val acc", np.mean(accs), " predictions from", p.min(), "to", p.max())
