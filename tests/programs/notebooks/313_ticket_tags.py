# %%
import numpy as np
import tensorflow as tf
from sklearn.metrics import f1_score
from sklearn.preprocessing import MultiLabelBinarizer

# %% helpdesk tickets, each with one to four tags
rng = np.random.default_rng(100)
lexicon = {
    "network": ["vpn", "wifi", "proxy", "router", "dns"],
    "printer": ["toner", "paper", "tray", "scan", "jam"],
    "account": ["password", "login", "locked", "reset", "mfa"],
    "hardware": ["screen", "keyboard", "battery", "dock", "fan"],
    "software": ["install", "license", "excel", "crash", "update"],
    "urgent": ["asap", "blocked", "customer", "deadline", "today"],
}
noise = "please hello the my since yesterday it does not work anymore thanks can you help with again".split()
names = list(lexicon)
texts, tags = [], []
for _ in range(2200):
    chosen = list(rng.choice(names, rng.integers(1, 5), replace=False))
    words = [w for c in chosen for w in rng.choice(lexicon[c], 2, replace=False)] + list(rng.choice(noise, 9))
    rng.shuffle(words)
    texts.append(" ".join(words))
    tags.append(chosen)

mlb = MultiLabelBinarizer(classes=names)
Y = mlb.fit_transform(tags).astype("float32")
cut = 1700

# %%
vec = tf.keras.layers.TextVectorization(max_tokens=200, output_mode="multi_hot")
vec.adapt(texts[:cut])
X = vec(tf.constant(texts)).numpy()

# %%
model = tf.keras.Sequential([
    tf.keras.layers.Input((X.shape[1],)),
    tf.keras.layers.Dense(64, activation="relu"),
    tf.keras.layers.Dropout(0.2),
    tf.keras.layers.Dense(len(names), activation="softmax"),
])
model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])

# %% train
model.fit(X[:cut], Y[:cut], validation_data=(X[cut:], Y[cut:]), epochs=12, batch_size=32, verbose=2)

# %%
hit = (model.predict(X[cut:], verbose=0) > 0.5).astype(int)
print("micro F1", f1_score(Y[cut:], hit, average="micro"))
