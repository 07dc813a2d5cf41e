"""Runs the styleguide alone, without a database.

``python -m django runserver --settings tests.themes.styleguide_settings``, then open ``/_styleguide/``.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SECRET_KEY = "the styleguide keeps no secrets"
DEBUG = True
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = [
    "django.contrib.staticfiles",
    "django.forms",
    "django_cotton",
    "django_htmx",
    "lucide",
    "themes.base",
    "themes.styleguide",
]
MIDDLEWARE: list[str] = ["tests.themes.urls.strict_policy"]
ROOT_URLCONF = "tests.themes.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]
FORM_RENDERER = "themes.base.renderers.PorticoRenderer"
STATIC_URL = "/static/"
THEMES_STATIC_DIR = ROOT / ".local" / "static"
STATIC_ROOT = None
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "themes.finders.FontFinder",
]
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español"), ("ar", "العربية")]
LOCALE_PATHS = [ROOT / "themes" / "locale"]
USE_TZ = True
