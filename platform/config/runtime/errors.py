"""Refusals of the machine, said so that the person at the keyboard can act on them."""


class MachineError(Exception):
    """The machine lacks or refuses something. ``str(error)`` is a plain sentence without a trace."""
