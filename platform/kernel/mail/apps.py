from django.apps import AppConfig


class MailConfig(AppConfig):
    """Letters on their way, and the page that shows them where nothing is really sent."""

    name = "kernel.mail"
    label = "mail"
