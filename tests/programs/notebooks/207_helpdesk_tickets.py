# %% [markdown]
# # Routing helpdesk tickets
# The queue labels come from the first agent who touched the ticket; a double-coding study found that
# two agents disagree on roughly one ticket in ten.

# %%
import numpy as np
import pandas as pd
import tensorflow as tf
import keras
from keras import layers
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(21)
rng = np.random.default_rng(21)

# %%
topics = {
    "billing": "invoice charged refund payment card amount twice vat receipt subscription".split(),
    "login": "password reset account locked login code twofactor signin expired username".split(),
    "delivery": "parcel late courier tracking address warehouse shipped damaged box missing".split(),
    "technical": "crash error screen update install freeze version button app device".split(),
}
common = ("hello please i my the a to and it is was since yesterday today thanks help need can you again "
          "still not working order customer number week time got with on for this").split()
names = list(topics)


def ticket(k):
    words = list(rng.choice(common, rng.integers(8, 25)))
    words += list(rng.choice(topics[names[k]], rng.integers(1, 4)))
    if rng.random() < 0.35:
        words += list(rng.choice(topics[names[rng.integers(0, 4)]], 1))
    rng.shuffle(words)
    return " ".join(words)


truth = rng.integers(0, 4, 5000)
noisy = np.where(rng.random(5000) < 0.1, rng.integers(0, 4, 5000), truth)
df = pd.DataFrame({"text": [ticket(k) for k in truth], "queue": noisy})
train, test = train_test_split(df, test_size=0.2, random_state=1, stratify=df.queue)
train, valid = train_test_split(train, test_size=0.2, random_state=1, stratify=train.queue)

# %%
vectorize = layers.TextVectorization(max_tokens=2000, output_mode="tf_idf", ngrams=2)
vectorize.adapt(train.text.to_numpy())


def ds(frame, shuffle=False):
    d = tf.data.Dataset.from_tensor_slices((frame.text.to_numpy(), frame.queue.to_numpy()))
    if shuffle:
        d = d.shuffle(len(frame), seed=2)
    return d.batch(64).map(lambda t, q: (vectorize(t), q)).cache() if not shuffle else d.batch(64).map(lambda t, q: (vectorize(t), q))


train_ds, valid_ds, test_ds = ds(train, True), ds(valid), ds(test)
n_tokens = len(vectorize.get_vocabulary())

model = keras.Sequential([
    keras.Input((n_tokens,)),
    layers.Dropout(0.5),
    layers.Dense(32, activation="relu", kernel_regularizer=keras.regularizers.L2(1e-4)),
    layers.Dropout(0.5),
    layers.Dense(4),
])
steps = int(np.ceil(len(train) / 64))
EPOCHS = 20
schedule = keras.optimizers.schedules.CosineDecay(
    initial_learning_rate=0.0, warmup_target=2e-3, warmup_steps=2 * steps, decay_steps=(EPOCHS - 2) * steps)

# %% train
model.compile(optimizer=keras.optimizers.AdamW(schedule, weight_decay=1e-3),
              loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
history = model.fit(train_ds, validation_data=valid_ds, epochs=EPOCHS, verbose=2,
                    callbacks=[keras.callbacks.EarlyStopping("val_loss", patience=6, restore_best_weights=True)])

# %%
print(model.evaluate(test_ds, verbose=0, return_dict=True))
