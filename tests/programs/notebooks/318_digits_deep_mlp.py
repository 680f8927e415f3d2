# %%
from sklearn import datasets, model_selection, preprocessing
import tensorflow as tf

tf.random.set_seed(0)

# %%
X, y = datasets.load_digits(return_X_y=True)
X = preprocessing.StandardScaler().fit_transform(X)
X_train, X_test, y_train, y_test = model_selection.train_test_split(X, y, test_size=0.2, random_state=0)
y_train_oh = tf.keras.utils.to_categorical(y_train)
y_test_oh = tf.keras.utils.to_categorical(y_test)

# %%
n_hidden = 7
model = tf.keras.Sequential()
model.add(tf.keras.Input((64,)))
for i in range(n_hidden):
    model.add(tf.keras.layers.Dense(64, activation="sigmoid", name=f"hidden_{i}"))
model.add(tf.keras.layers.Dense(10, activation="softmax"))
model.compile(loss="categorical_crossentropy", metrics=["accuracy"],
              optimizer=tf.keras.optimizers.SGD(learning_rate=0.05))

# %% train
res = model.fit(X_train, y_train_oh, batch_size=32, epochs=25,
                validation_data=(X_test, y_test_oh), verbose=2)

# %%
print("test acc", model.evaluate(X_test, y_test_oh, verbose=0)[1])
