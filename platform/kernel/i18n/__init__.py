"""Language, dates, numbers and digits as a reader of a hospital expects them."""
