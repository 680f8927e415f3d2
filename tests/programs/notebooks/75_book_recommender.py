# %%
import numpy as np
import pandas as pd
import keras
from keras import layers
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(31)

# %%
rng = np.random.default_rng(31)
user_pool = np.sort(rng.choice(np.arange(1, 900), 300, replace=False))
book_pool = np.sort(rng.choice(np.arange(1000, 5000), 200, replace=False))
u_vec, b_vec = rng.normal(0, 0.8, (300, 3)), rng.normal(0, 0.8, (200, 3))
ui, bi = rng.integers(0, 300, 12000), rng.integers(0, 200, 12000)
ratings = pd.DataFrame({
    "user_id": user_pool[ui],
    "book_id": book_pool[bi],
    "rating": np.clip(3.4 + (u_vec[ui] * b_vec[bi]).sum(1) + rng.normal(0, 0.3, 12000), 1, 5),
})
n_users = ratings.user_id.nunique()
n_books = ratings.book_id.nunique()
print(n_users, n_books)

# %%
train, test = train_test_split(ratings, test_size=0.2, random_state=0)

user_in = keras.Input((1,), name="user")
book_in = keras.Input((1,), name="book")
u = layers.Flatten()(layers.Embedding(n_users, 8)(user_in))
b = layers.Flatten()(layers.Embedding(n_books, 8)(book_in))
x = layers.Concatenate()([u, b, layers.Multiply()([u, b])])
x = layers.Dense(32, activation="relu")(x)
out = layers.Dense(1, bias_initializer=keras.initializers.Constant(3.4))(x)
model = keras.Model([user_in, book_in], out)
model.compile(keras.optimizers.Adam(3e-3), loss="mse", metrics=["mae"])

# %% train
model.fit([train.user_id.values, train.book_id.values], train.rating.values, epochs=10, batch_size=64,
          validation_data=([test.user_id.values, test.book_id.values], test.rating.values), verbose=2)

# %%
pred = model.predict([test.user_id.values, test.book_id.values], verbose=0).ravel()
print("test MAE:", round(float(np.abs(pred - test.rating.values).mean()), 3))
