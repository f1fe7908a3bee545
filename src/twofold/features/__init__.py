"""Each feature once, for training and serving."""
