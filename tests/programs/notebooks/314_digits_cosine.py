# %%
import tensorflow as tf
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

EPOCHS = 20
BATCH_SIZE = 32

# %%
data = load_digits()
x = data.images.astype("float32")[..., None] / 16.0
x_tr, x_te, y_tr, y_te = train_test_split(x, data.target, test_size=0.2, random_state=0, stratify=data.target)

train_ds = tf.data.Dataset.from_tensor_slices((x_tr, y_tr)).cache().shuffle(len(x_tr)).batch(BATCH_SIZE).prefetch(2)
test_ds = tf.data.Dataset.from_tensor_slices((x_te, y_te)).batch(BATCH_SIZE)

# %%
tf.keras.utils.set_random_seed(21)
def build():
    i = tf.keras.Input((8, 8, 1))
    z = tf.keras.layers.Conv2D(16, 3, padding="same", activation="relu")(i)
    z = tf.keras.layers.MaxPool2D()(z)
    z = tf.keras.layers.Conv2D(32, 3, padding="same", activation="relu")(z)
    z = tf.keras.layers.Flatten()(z)
    z = tf.keras.layers.Dense(64, activation="relu")(z)
    return tf.keras.Model(i, tf.keras.layers.Dense(10)(z))

model = build()
lr = tf.keras.optimizers.schedules.CosineDecay(initial_learning_rate=0.01, decay_steps=EPOCHS)
model.compile(optimizer=tf.keras.optimizers.SGD(lr, momentum=0.9, nesterov=True),
              loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
              metrics=["accuracy"])

# %% train
history = model.fit(train_ds, validation_data=test_ds, epochs=EPOCHS, verbose=2)

# %%
print("test accuracy", model.evaluate(test_ds, verbose=0)[1])
