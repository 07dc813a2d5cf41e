"""A model field whose value exists in the database as ciphertext only."""

from typing import Any

from django.core.exceptions import FieldError
from django.db import models
from django.db.models import lookups

from kernel.data_classes import KeptAs
from kernel.keys.envelope import decrypt, encrypt


class _Sealed:
    """A value as the database gave it, not decrypted until somebody reads it."""

    __slots__ = ("ciphertext",)

    def __init__(self, ciphertext: bytes) -> None:
        self.ciphertext = ciphertext


class _Opening:
    """The attribute on the model: opens the value on first reading, with the row's own key in its place."""

    def __init__(self, field: "EncryptedTextField") -> None:
        self._field = field

    def __get__(self, instance: models.Model | None, owner: type[models.Model]) -> Any:
        if instance is None:
            return self
        name = self._field.attname
        if name not in instance.__dict__:
            instance.refresh_from_db(fields=[name])
        value = instance.__dict__[name]
        if isinstance(value, _Sealed):
            value = self._field.opened(value.ciphertext, instance)
            instance.__dict__[name] = value
        return value

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self._field.attname] = value


class EncryptedTextField(models.BinaryField):  # type: ignore[type-arg]
    """Text, encrypted with the hospital's data key and bound to its table, column and row.

    The attribute is a ``str`` (or None). It cannot be searched, ordered by or set with ``update()``: each needs the
    row. The model's primary key must be made in Python, as all of ours are.
    """

    descriptor_class = _Opening
    kept_as = KeptAs.ENCRYPTED

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["editable"] = kwargs.get("editable", True)
        super().__init__(*args, **kwargs)

    def from_db_value(self, value: Any, expression: object, connection: object) -> Any:
        """Keep the ciphertext until it is read."""
        return None if value is None else _Sealed(bytes(value))

    def to_python(self, value: Any) -> Any:
        """Text stays text."""
        return value

    def value_to_string(self, obj: models.Model) -> str:
        """Serializers must not write what is encrypted for a reason."""
        raise FieldError(f"{self.name} is encrypted and is not serialized")

    def opened(self, ciphertext: bytes, instance: models.Model) -> str:
        """The text of a row. Raises Undecryptable when the ciphertext is not this row's."""
        return decrypt(ciphertext, table=instance._meta.db_table, column=self.name, row=instance.pk).decode()

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """The ciphertext of a value that was set; what nobody has opened goes back as it came."""
        value = model_instance.__dict__.get(self.attname)
        if value is None:
            return None
        if isinstance(value, _Sealed):
            return value
        return _Sealed(
            encrypt(str(value), table=model_instance._meta.db_table, column=self.name, row=model_instance.pk)
        )

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """Only what went through ``pre_save`` reaches the database."""
        if value is None:
            return None
        if not isinstance(value, _Sealed):
            raise FieldError(f"{self.name} is encrypted: save the object, update() cannot know the row")
        return super().get_db_prep_value(value.ciphertext, connection, prepared)

    def get_default(self) -> Any:
        """An empty text, unless the field is nullable or says otherwise."""
        if self.has_default():
            return models.Field.get_default(self)
        return None if self.null else ""

    def get_lookup(self, lookup_name: str) -> Any:
        """Nothing but whether there is a value can be asked."""
        if lookup_name != "isnull":
            raise FieldError(f"{self.name} is encrypted and cannot be searched")
        return lookups.IsNull
