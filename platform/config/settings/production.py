"""Production: refuses to start with a weak key or without TLS to others, and demonstration data does not exist here."""

from django.core.exceptions import ImproperlyConfigured

from config import env
from config.settings.base import *  # noqa: F403
from config.settings.base import ENV
from kernel.logs import setup as logs

DEMO_ALLOWED = False
LOGGING = logs.configuration(as_json=True)

for name, keys in (("SECRET_KEY", (ENV.secret_key,)), ("SECRET_KEY_FALLBACKS", ENV.secret_key_fallbacks)):
    # As Django's own check of a deployment, which nobody is made to run. The text repeats no part of a key.
    if any(len(key) < 50 or len(set(key)) < 15 or key.startswith("django-insecure") for key in keys):
        raise ImproperlyConfigured(f"{name} must be at least 50 random characters")
if not ENV.keyring:
    raise ImproperlyConfigured("PORTICO_KEYRING is not set")
if not ENV.redis_url:
    raise ImproperlyConfigured("REDIS_URL is not set")
if not ENV.email_url:
    raise ImproperlyConfigured("EMAIL_URL is not set")
if not env.mail_is_guarded(ENV.email_url):
    raise ImproperlyConfigured("EMAIL_URL must be smtps:// or say starttls=1")
if not env.redis_is_guarded(ENV.redis_url, ENV.local_databases):
    raise ImproperlyConfigured("REDIS_URL must be rediss:// and say ssl_cert_reqs=required")
if not env.storage_is_guarded(ENV.storage_url, ENV.local_databases):
    raise ImproperlyConfigured("the endpoint in PORTICO_STORAGE_URL must be https://")
for name, url in (("DATABASE_URL", ENV.database_url), ("DATABASE_ADMIN_URL", ENV.database_admin_url)):
    if url and not env.database_is_guarded(url, ENV.local_databases):
        raise ImproperlyConfigured(f"{name} must say sslmode=verify-full, verify-ca or require")

SECURE_SSL_REDIRECT = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True

# The load balancer.
TRUSTED_PROXIES = 1
CONSOLE_NEEDS_PASSKEY = True
