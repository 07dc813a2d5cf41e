"""``portico inventory``."""

import os

import click

from config.cli.output import as_json, print_json

# Models and settings are read and nothing is connected to, so the verb needs no installation.
_UNUSED = {
    "DJANGO_SETTINGS_MODULE": "config.settings.local",
    "SECRET_KEY": "reads models only",
    "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing",
}


@click.command()
@as_json
def inventory(as_json: bool) -> None:
    """Print the inventory as Markdown: ``portico inventory > docs/inventory.md``."""
    for name, value in _UNUSED.items():
        os.environ.setdefault(name, value)
    import django

    django.setup()
    from config.inventory import as_mapping, as_markdown

    if as_json:
        print_json(as_mapping())
    else:
        click.echo(as_markdown(), nl=False)
