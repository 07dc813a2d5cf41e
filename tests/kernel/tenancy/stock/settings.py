"""A small application on django-tenants as it comes: what our guard is compared with."""

import os

SECRET_KEY = "stock"
USE_TZ = True
ALLOWED_HOSTS = ["*"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SHARED_APPS = ["django.contrib.contenttypes", "django_tenants", "tests.kernel.tenancy.stock"]
TENANT_APPS = ["tests.kernel.tenancy.stock"]
INSTALLED_APPS = ["django.contrib.contenttypes", "django_tenants", "tests.kernel.tenancy.stock"]
TENANT_MODEL = "stock.Tenant"
TENANT_DOMAIN_MODEL = "stock.Address"
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]
MIDDLEWARE = ["django_tenants.middleware.main.TenantMainMiddleware"]
ROOT_URLCONF = "tests.kernel.tenancy.stock.application"
USE_X_FORWARDED_HOST = os.environ.get("STOCK_FORWARDED", "") == "1"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
DATABASES = {
    "default": {
        "ENGINE": "django_tenants.postgresql_backend",
        "NAME": os.environ["STOCK_NAME"],
        "USER": os.environ["STOCK_USER"],
        "PASSWORD": os.environ["STOCK_PASSWORD"],
        "HOST": os.environ["STOCK_HOST"],
        "PORT": os.environ["STOCK_PORT"],
    }
}
