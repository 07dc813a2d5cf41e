"""Tenants, their addresses and their people, in the way django-tenants' own guide shows."""

from django.db import models
from django_tenants.models import DomainMixin, TenantMixin


class Tenant(TenantMixin):
    auto_create_schema = False
    name = models.CharField(max_length=20)

    class Meta:
        app_label = "stock"


class Address(DomainMixin):
    class Meta:
        app_label = "stock"


class Person(models.Model):
    name = models.CharField(max_length=40)

    class Meta:
        app_label = "stock"

    def __str__(self) -> str:
        return self.name
