"""Who signs in. A patient is a record and may have no account; an account may act for several patients."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from kernel.data_classes import DataClass
from kernel.tenancy.base import EverywhereModel


class Account(AbstractBaseUser, EverywhereModel):
    """One sign-in of one host: of a hospital's people, or of operators and network admins in the shared schema."""

    data_classes: ClassVar = {
        "login": DataClass.PHI,
        "email": DataClass.PHI,
        "display_name": DataClass.PHI,
        "password": DataClass.SENSITIVE,
        "last_login": DataClass.INTERNAL,
        "is_active": DataClass.INTERNAL,
        "language": DataClass.INTERNAL,
        "created_at": DataClass.INTERNAL,
    }

    login = models.CharField(max_length=254)
    email = models.CharField(max_length=254, blank=True)
    display_name = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=12, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "login"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = BaseUserManager["Account"]()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["login"], name="one_account_of_a_login"),
            models.CheckConstraint(condition=Q(login=Lower("login")), name="login_is_lower_case"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Session(AbstractBaseSession):
    """A signed-in device. Kept in PostgreSQL, so that sign-in works while Redis is down."""

    data_classes: ClassVar = {
        "session_key": DataClass.SENSITIVE,
        "session_data": DataClass.SENSITIVE,
        "expire_date": DataClass.INTERNAL,
        "account": DataClass.INTERNAL,
    }

    session_key = models.CharField(max_length=40, primary_key=True)
    account = models.ForeignKey(Account, null=True, on_delete=models.CASCADE, related_name="sessions")

    class Meta:
        indexes = [models.Index(fields=["expire_date"], name="session_expiry")]
