"""The managers' pages, by subject."""
