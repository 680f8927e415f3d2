# %%
import keras
from keras import layers
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(47)

# %%
X, target = load_iris(return_X_y=True)
Y = keras.utils.to_categorical(target, 3)
x_train, x_test, y_train, y_test = train_test_split(X, Y, test_size=0.3, stratify=target, random_state=2)
sc = StandardScaler().fit(x_train)
x_train, x_test = sc.transform(x_train), sc.transform(x_test)

# %%
inputs = keras.Input((4,))
h = layers.Dense(16, activation="relu")(inputs)
h = layers.Dense(8, activation="relu")(h)
outputs = layers.Dense(3, activation="softmax")(h)
model = keras.Model(inputs, outputs)
model.compile(optimizer=keras.optimizers.Adam(0.005), loss="categorical_crossentropy", metrics=["accuracy"])

# %% train
stop = keras.callbacks.EarlyStopping(monitor="val_loss", patience=8, restore_best_weights=True)
history = model.fit(x_train, y_train, epochs=60, batch_size=8, validation_data=(x_test, y_test), callbacks=[stop], verbose=0)

# %%
print(model.evaluate(x_test, y_test, verbose=0))
