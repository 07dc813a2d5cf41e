"""``python -m config.cli`` is ``portico`` where the scripts of the environment are not in PATH."""

from config.cli import main

main()
