"""The composition root: settings, URLs, processes, command line."""
