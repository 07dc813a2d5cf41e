"""Who signs in, with what, on which devices. A patient is a record and may have no account."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from kernel.data_classes import DataClass, KeptAs
from kernel.keys.fields import EncryptedTextField
from kernel.tenancy.base import EverywhereModel

INTERNAL, PHI, SENSITIVE = DataClass.INTERNAL, DataClass.PHI, DataClass.SENSITIVE

# Accounts whose person has not answered the invitation yet.
INVITED = Q(last_login=None, password_changed_at=None)


class Account(AbstractBaseUser, EverywhereModel):
    """One sign-in of one host: of a hospital's people, or of operators and network admins in the shared schema.

    Families share an e-mail address, so only ``login`` is unique. What an account may do is not stored here: roles and
    links to patients say it.
    """

    data_classes: ClassVar = {
        "login": PHI,
        "email": PHI,
        "display_name": PHI,
        "password": SENSITIVE,
        "password_is_long": INTERNAL,
        "password_changed_at": INTERNAL,
        "last_login": INTERNAL,
        "is_active": INTERNAL,
        "language": INTERNAL,
        "created_at": INTERNAL,
    }
    kept_as: ClassVar = {"password": KeptAs.HASHED}

    login = models.CharField(max_length=254)
    email = models.CharField(max_length=254, blank=True)
    display_name = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=12, blank=True)
    # Long enough to be the only factor: it decides whether the last second factor may be taken away.
    password_is_long = models.BooleanField(default=False)
    password_changed_at = models.DateTimeField(null=True, blank=True)
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
            models.CheckConstraint(condition=Q(email=Lower("email")), name="email_is_lower_case"),
        ]
        indexes = [models.Index(fields=["email"], name="account_email", condition=~Q(email=""))]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_invited(self) -> bool:
        """Whether the person has not answered yet: never signed in, and no password to do it with. As ``INVITED``."""
        return self.last_login is None and self.password_changed_at is None


class Device(EverywhereModel):
    """A browser in which the account has completed a sign-in. The cookie holds the token, the row only its hash."""

    data_classes: ClassVar = {
        "account": INTERNAL,
        "token_hash": SENSITIVE,
        "label": INTERNAL,
        "address": INTERNAL,
        "first_seen_at": INTERNAL,
        "last_seen_at": INTERNAL,
        "trusted_until": INTERNAL,
    }
    kept_as: ClassVar = {"token_hash": KeptAs.HASHED}

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="devices")
    token_hash = models.CharField(max_length=64)
    label = models.CharField(max_length=80, blank=True)
    address = models.CharField(max_length=45, blank=True)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    # Until then the second factor is not asked here; never for staff and operators.
    trusted_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token_hash"], name="one_device_of_a_token")]


class Session(EverywhereModel):
    """A visit that remembers something: signed in, or half-way through signing in.

    Kept in PostgreSQL, so that sign-in works while Redis is down. ``door`` is the host kind it was made at: the console
    and the networks' host share a schema and must not share sessions.
    """

    data_classes: ClassVar = {
        "key_hash": SENSITIVE,
        "content": SENSITIVE,
        "door": INTERNAL,
        "account": INTERNAL,
        "device": INTERNAL,
        "address": INTERNAL,
        "created_at": INTERNAL,
        "last_seen_at": INTERNAL,
        "idle_seconds": INTERNAL,
        "expires_at": INTERNAL,
    }
    kept_as: ClassVar = {"key_hash": KeptAs.HASHED}

    key_hash = models.CharField(max_length=64)
    content = models.JSONField(default=dict)
    door = models.CharField(max_length=10)
    account = models.ForeignKey(Account, null=True, on_delete=models.CASCADE, related_name="sessions")
    device = models.ForeignKey(Device, null=True, on_delete=models.SET_NULL, related_name="sessions", db_index=False)
    address = models.CharField(max_length=45, blank=True)
    created_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    idle_seconds = models.PositiveIntegerField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key_hash"], name="one_session_of_a_key")]
        indexes = [models.Index(fields=["expires_at"], name="session_expiry")]


class Factor(EverywhereModel):
    """Something besides the password: an authenticator app, a passkey, or a code by e-mail."""

    class Kind(models.TextChoices):
        TOTP = "totp", _("Authenticator app")
        PASSKEY = "passkey", _("Passkey")
        EMAIL = "email", _("Code by e-mail")

    data_classes: ClassVar = {
        "account": INTERNAL,
        "kind": INTERNAL,
        "name": INTERNAL,
        "material": SENSITIVE,
        "credential_hash": SENSITIVE,
        "counter": INTERNAL,
        "confirmed_at": INTERNAL,
        "last_used_at": INTERNAL,
        "created_at": INTERNAL,
    }
    kept_as: ClassVar = {"material": KeptAs.ENCRYPTED, "credential_hash": KeptAs.HASHED}

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="factors")
    kind = models.CharField(max_length=8, choices=Kind)
    name = models.CharField(max_length=80, blank=True)
    # The app's shared secret, encrypted; or the passkey's public credential.
    material = models.BinaryField(default=bytes)
    credential_hash = models.CharField(max_length=64, blank=True)
    # The last time step that an app's code was taken for, or the passkey's own count: neither may come again.
    counter = models.BigIntegerField(default=0)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["credential_hash"], condition=~Q(credential_hash=""), name="one_factor_of_a_credential"
            ),
            models.UniqueConstraint(
                fields=["account", "kind"],
                condition=Q(kind__in=["totp", "email"], confirmed_at__isnull=False),
                name="one_app_and_one_email_factor",
            ),
        ]


class OneTimeCode(EverywhereModel):
    """A code that works once. A row without an account answers an unknown login, and no code fits it."""

    class Purpose(models.TextChoices):
        SIGN_IN = "sign_in"
        SECOND_STEP = "second_step"
        RESET = "reset"
        CONFIRM_EMAIL = "confirm"
        RECOVERY = "recovery"

    data_classes: ClassVar = {
        "account": INTERNAL,
        "purpose": INTERNAL,
        "code_hash": SENSITIVE,
        "address": PHI,
        "tries_left": INTERNAL,
        "expires_at": INTERNAL,
        "used_at": INTERNAL,
        "created_at": INTERNAL,
    }
    kept_as: ClassVar = {"code_hash": KeptAs.HASHED}

    account = models.ForeignKey(Account, null=True, on_delete=models.CASCADE, related_name="codes")
    purpose = models.CharField(max_length=12, choices=Purpose)
    # Empty until the message is written: the code is made there, and nowhere is it stored in clear.
    code_hash = models.CharField(max_length=64, blank=True)
    # Where a new e-mail address is to be confirmed.
    address = models.CharField(max_length=254, blank=True)
    tries_left = models.PositiveSmallIntegerField(default=5)
    expires_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="code_expiry")]


class Throttle(EverywhereModel):
    """How often something failed: one login, one address, one hospital. Holds with Redis down (S22)."""

    data_classes: ClassVar = {
        "bucket": INTERNAL,
        "failures": INTERNAL,
        "last_at": INTERNAL,
        "blocked_until": INTERNAL,
    }

    bucket = models.CharField(max_length=80)
    failures = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField()
    blocked_until = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bucket"], name="one_throttle_of_a_bucket")]
        indexes = [models.Index(fields=["last_at"], name="throttle_age")]


class SentForm(EverywhereModel):
    """A form that somebody has sent, and for a minute the answer to it: sent again, it is not done again."""

    data_classes: ClassVar = {"key": INTERNAL, "sent_at": INTERNAL, "answer": PHI}

    key = models.CharField(max_length=64)
    sent_at = models.DateTimeField()
    # A page can show what is shown once only, such as a new key.
    answer = EncryptedTextField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key"], name="one_sending_of_a_form")]
        indexes = [models.Index(fields=["sent_at"], name="sent_form_age")]
