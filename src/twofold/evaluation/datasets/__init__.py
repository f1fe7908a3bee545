"""Public data sets, turned into files of people and events as `twofold import` reads them."""
