"""How sensitive each stored field is. Export, erasure, encryption and logging are derived from it (S63)."""

from collections.abc import Iterator
from enum import StrEnum

from django.apps import apps
from django.db.models import Field, Model


class DataClass(StrEnum):
    """Four classes, from least to most protected."""

    PUBLIC = "public"
    INTERNAL = "internal"
    PHI = "phi"
    SENSITIVE = "sensitive"


class KeptAs(StrEnum):
    """In which form a field lies in the database. A model says it in ``kept_as`` for what its field does not say."""

    CLEAR = "clear"
    ENCRYPTED = "encrypted with the hospital's key"
    WRAPPED = "encrypted with the master key"
    HASHED = "hash"


# Models that come with libraries cannot carry the declaration themselves.
_THIRD_PARTY: dict[str, dict[str, DataClass]] = {}


def classify(model_label: str, fields: dict[str, DataClass]) -> None:
    """Declare the fields of a library's model, named ``app_label.ModelName``."""
    _THIRD_PARTY[model_label.lower()] = fields


def declared_classes(model: type[Model]) -> dict[str, DataClass]:
    """All classes declared for ``model``, its own and those of the models it inherits from."""
    declared: dict[str, DataClass] = {}
    for ancestor in reversed(model.__mro__):
        declared.update(ancestor.__dict__.get("data_classes", {}))
    declared.update(_THIRD_PARTY.get(model._meta.label_lower, {}))
    return declared


def kept_as(model: type[Model], name: str) -> KeptAs:
    """The form in which the field ``name`` of ``model`` is stored."""
    declared: dict[str, KeptAs] = getattr(model, "kept_as", {})
    own: KeptAs = getattr(model._meta.get_field(name), "kept_as", KeptAs.CLEAR)
    return declared.get(name, own)


def undeclared_fields() -> Iterator[str]:
    """Every stored field without a data class, as ``app_label.Model.field``."""
    for model in apps.get_models():
        declared = declared_classes(model)
        for field in model._meta.local_fields:
            if isinstance(field, Field) and field.name not in declared:
                yield f"{model._meta.label}.{field.name}"
