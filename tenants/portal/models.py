"""How a person reads: kept on the account, so that it is there on every device."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.data_classes import DataClass
from kernel.tenancy.base import HospitalModel


class ReadingChoice(HospitalModel):
    """Text size, contrast, motion, colours and simple view of one account. The language is on the account itself."""

    class Size(models.TextChoices):
        """Size of text."""

        NORMAL = "normal", _("Normal")
        LARGE = "large", _("Large")
        LARGER = "larger", _("Larger")
        LARGEST = "largest", _("Largest")

    class Contrast(models.TextChoices):
        """Difference between text and background."""

        AUTO = "auto", _("As on my device")
        NORMAL = "normal", pgettext_lazy("contrast", "Normal")
        MORE = "more", pgettext_lazy("contrast", "High")

    class Motion(models.TextChoices):
        """Things that move on the page."""

        AUTO = "auto", _("As on my device")
        LESS = "less", _("Nothing moves")

    class Mode(models.TextChoices):
        """Light or dark."""

        AUTO = "auto", _("As on my device")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    class View(models.TextChoices):
        """How much is on a page."""

        FULL = "full", _("Everything")
        SIMPLE = "simple", _("Simple: only what matters most")

    data_classes: ClassVar[dict[str, DataClass]] = {
        "account": DataClass.INTERNAL,
        "size": DataClass.PHI,
        "contrast": DataClass.PHI,
        "motion": DataClass.PHI,
        "mode": DataClass.INTERNAL,
        "view": DataClass.PHI,
        "keys": DataClass.INTERNAL,
    }

    account = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reading_choice")
    size = models.CharField(max_length=8, choices=Size, default=Size.NORMAL)
    contrast = models.CharField(max_length=8, choices=Contrast, default=Contrast.AUTO)
    motion = models.CharField(max_length=8, choices=Motion, default=Motion.AUTO)
    mode = models.CharField(max_length=8, choices=Mode, default=Mode.AUTO)
    view = models.CharField(max_length=8, choices=View, default=View.FULL)
    keys = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"Reading of {self.account_id}"
