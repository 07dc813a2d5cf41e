#!/usr/bin/env python
"""Django's commands for developers, in the installation of PORTICO_HOME. The product's own are `portico --help`."""

import sys

try:
    from config.runtime.errors import MachineError
    from config.runtime.installation import Installation
except ImportError:
    sys.exit("Portico's packages are not here. Run it as: .venv/bin/python manage.py (after make environment)")

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    try:
        Installation.current().enter(owner=False)
    except MachineError as error:
        sys.exit(str(error))
    execute_from_command_line(sys.argv)
