"""Trainings without `fit`: `train_on_batch`, `GradientTape` loops, own optimizer steps, eager or inside a `tf.function`.

`capture` patches Keras and TensorFlow for the duration of a `with` and hands what happens to a `Recorder`; `facts` turns what it
saw into `LoopFacts` (one per trained unit), `diagnosis` judges them. Nothing is added to the user's graphs, no random number is
drawn: what is measured is read in Python, between the user's own calls.
"""
