"""Every component and a few whole screens, in four modes and both directions. Only under DEBUG.

The words of the samples are in Python and not in catalogues: they are picture material, not interface.
"""
