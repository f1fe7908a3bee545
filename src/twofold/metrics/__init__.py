"""Pure figures on arrays, used by training, gates and evaluation alike."""
