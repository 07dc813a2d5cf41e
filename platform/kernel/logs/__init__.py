"""Logs that operators can read and patients need not fear: ids and kinds, never words about people (S32)."""
