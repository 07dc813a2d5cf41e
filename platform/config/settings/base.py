"""Settings common to all kinds of process. What differs is in local, test and production."""

from pathlib import Path

from redis.backoff import NoBackoff
from redis.retry import Retry

from config import env
from kernel.logs import setup as logs

ENV = env.read()
ROOT = Path(__file__).resolve().parents[3]

SECRET_KEY = ENV.secret_key
SECRET_KEY_FALLBACKS = list(ENV.secret_key_fallbacks)
DEBUG = False

BASE_DOMAIN = ENV.base_domain
PUBLIC_SCHEME = ENV.public_scheme
PUBLIC_PORT = ENV.public_port
CONSOLE_HOST = f"console.{BASE_DOMAIN}"
NETWORK_HOST = f"network.{BASE_DOMAIN}"
# Where weaknesses are reported, as a mailto: or https: address; /.well-known/security.txt names it.
SECURITY_CONTACT = ENV.security_contact or f"mailto:security@{BASE_DOMAIN}"
# The host decides the hospital; kernel.tenancy's middleware answers 404 to every host it does not know.
ALLOWED_HOSTS = ["*"]
USE_X_FORWARDED_HOST = False

# --- Which tables live where (DESIGN section 3) --------------------------------------------------------------------
EVERYWHERE_APPS: list[str] = [
    "kernel.keys",
    "kernel.audit",
    "kernel.events",
    "kernel.mail",
    "kernel.permissions",
    "kernel.accounts",
]
SHARED_APPS = [
    "kernel.tenancy",
    "django_tenants",
    *EVERYWHERE_APPS,
    "control_plane.hospitals",
    "control_plane.networks",
]
TENANT_APPS = [
    *EVERYWHERE_APPS,
    "kernel.preferences",
    "tenants.people",
    "tenants.records",
    "tenants.portal",
    "api.auth",
]
# Installed for their code; their tables exist in no schema (see docs/adr on accounts without contenttypes).
TABLELESS_APPS = [
    "kernel.logs",
    "config",
    "control_plane.operators",
    "control_plane.console",
    "tenants.setup",
    "kernel.i18n",
    "themes.base",
    "themes.styleguide",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.forms",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_cotton",
    "django_htmx",
    "lucide",
    "api.rest",
]
INSTALLED_APPS = list(dict.fromkeys([*SHARED_APPS, *TENANT_APPS, *TABLELESS_APPS]))

TENANT_MODEL = "tenancy.Hospital"
TENANT_DOMAIN_MODEL = "tenancy.Domain"
PUBLIC_SCHEMA_NAME = "shared"
TENANT_SYNC_ROUTER = "kernel.tenancy.router.SchemaRouter"
DATABASE_ROUTERS = [TENANT_SYNC_ROUTER]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

DATABASES: dict[str, dict[str, object]] = {
    "default": env.database(ENV.database_url, owner=False, statement_seconds=ENV.statement_seconds),
}
if ENV.database_admin_url:
    DATABASES["owner"] = env.database(ENV.database_admin_url, owner=True, statement_seconds=0)

CACHES = {
    "default": {
        "BACKEND": "kernel.cache.HospitalRedisCache",
        "LOCATION": ENV.redis_url or "redis://127.0.0.1:6379/0",
        "KEY_FUNCTION": "kernel.cache.hospital_key",
        # Without the client's ten retries, which take five seconds when Redis is gone.
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1, "retry": Retry(NoBackoff(), retries=0)},
    }
}

AUTH_USER_MODEL = "accounts.Account"
LOGIN_URL = "accounts:sign_in"
SESSION_ENGINE = "kernel.accounts.sessions"
SESSION_COOKIE_DOMAIN = None
CSRF_COOKIE_DOMAIN = None
PASSWORD_HASHERS = ["kernel.accounts.hashers.Argon2idHasher"]
# Host-only by their prefix, Secure also on localhost (S05). The session cookie is named by kernel.accounts.doors.
CSRF_COOKIE_NAME = "__Host-portico-csrf"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
# In production the console takes nothing that can be phished (S19).
CONSOLE_NEEDS_PASSKEY = False
# How many proxies of ours stand in front and add to X-Forwarded-For.
TRUSTED_PROXIES = 0

# Whoever sends tasks must send them through this application and not through Celery's own default one.
CELERY_APPLICATION = "config.celery.app"

# --- Keys and evidence ------------------------------------------------------------------------------------------------
KEYRING = ENV.keyring
MASTER_KEYS = "kernel.keys.keyring.local_keyring"
PORTICO_HOME = ENV.home

# --- Mail: everything, also what libraries send, goes through the outbox ---------------------------------------------
EMAIL_BACKEND = "kernel.mail.backend.OutboxBackend"
EMAIL_URL = ENV.email_url

# --- Files of hospitals: a bucket (s3://name), or a folder of the installation when this is empty ---------------------
STORAGE_URL = ENV.storage_url

# --- Outgoing HTTP (S43). The networks are the operator's, for hospitals' own systems; no hospital can change them
OUTGOING_SCHEMES = ["https"]
OUTGOING_PORTS = [443, 8443]
OUTGOING_NETWORKS: list[str] = []

# --- Logs and error reports (S32): plain lines here, JSON in production
LOGGING = logs.configuration(as_json=False)
SENTRY_DSN = ENV.sentry_dsn

# --- Requests --------------------------------------------------------------------------------------------------------
ROOT_URLCONF = "config.urls_hospital"
CONSOLE_URLCONF = "config.urls_console"
NETWORK_URLCONF = "config.urls_network"
HOSPITAL_URLCONF = "config.urls_hospital"
WSGI_APPLICATION = "config.wsgi.application"
MIDDLEWARE = [
    "kernel.logs.middleware.RequestIdMiddleware",
    # Before the host is known, so that answers to unknown hosts and to probes bear them too.
    "kernel.web.middleware.HeadersMiddleware",
    "csp.middleware.CSPMiddleware",
    "kernel.web.middleware.CompressionMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "kernel.health.middleware.HealthMiddleware",
    "kernel.tenancy.middleware.HostMiddleware",
    # Redirects to https, which unknown hosts must not get.
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "api.rest.problems.ProblemMiddleware",
    "kernel.web.middleware.BodyLimitMiddleware",
    "kernel.accounts.middleware.FetchSiteMiddleware",
    "kernel.accounts.middleware.SessionMiddleware",
    "kernel.accounts.middleware.AccountMiddleware",
    "kernel.i18n.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "tenants.portal.middleware.HospitalStateMiddleware",
    "kernel.accounts.once.OnceMiddleware",
    # Innermost: it must see only what views refuse.
    "kernel.audit.refusals.RefusalMiddleware",
]
CSRF_FAILURE_VIEW = "tenants.portal.views.errors.form_expired"
APPEND_SLASH = True
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
# No nonce and no inline script or style anywhere (S37). Preview frames of the brand editor relax frame-ancestors.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
        "frame-ancestors": ["'none'"],
        # The one policy is made in themes/trusted.js for htmx; any other text that would become markup is refused.
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["portico"],
        "report-uri": "/csp-report",
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "tenants.portal.context_processors.page",
                "control_plane.console.context.console_shell",
            ],
        },
    }
]

FORM_RENDERER = "themes.base.renderers.PorticoRenderer"

# --- The programming interface
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "api.auth.authentication.KeyAuthentication",
        "api.auth.authentication.PageAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["api.rest.permissions.HoldsDeclaredPermission"],
    "DEFAULT_RENDERER_CLASSES": ["api.rest.renderers.OrjsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "api.rest.schema.OperationSchema",
    "DEFAULT_VERSIONING_CLASS": None,
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "api.rest.problems.answer",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Portico",
    "DESCRIPTION": "The programming interface of one hospital. What it answers depends on the host that is asked.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "api.rest.documents.with_problems",
    ],
    "SCHEMA_PATH_PREFIX": r"/api/v1",
}

# --- Language and time
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español"), ("ar", "العربية")]
USE_I18N = True
# Texts of packages that are no app of their own, and therefore would not be looked for.
LOCALE_PATHS = [ROOT / "themes" / "locale", ROOT / "platform" / "kernel" / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT: Path | str = ENV.home / "static"
# The cut fonts: made from packages when static files are listed, never committed.
THEMES_STATIC_DIR = ENV.home / "fonts"
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "themes.finders.FontFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
