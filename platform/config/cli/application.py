"""Django in a verb: enter the installation, set Django up, hand back what the verb needs."""

import importlib

import django

from config.runtime.installation import Installation


def start_django(*, owner: bool = False) -> Installation:
    """Make this process one of the installation and load the apps. ``owner`` also takes the rights to make tables.

    Raises MachineError when nothing is set up in this folder.
    """
    installation = Installation.current()
    installation.enter(owner=owner)
    django.setup()
    importlib.import_module("config.celery")  # the current Celery app: without it tasks go to a broker nobody runs
    return installation
