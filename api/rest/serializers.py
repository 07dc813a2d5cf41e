"""What all serializers that take something in have in common."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

Thing = TypeVar("Thing")


class KnownFieldsOnly(serializers.Serializer[Thing]):
    """Refuses names that it does not know, instead of ignoring them (S31).

    A mistyped filter would show everything, and a field that nobody may write would look written. Every serializer
    that reads a query or a body is one of these and lists its fields.
    """

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = sorted(str(name) for name in data if name not in self.fields or self.fields[name].read_only)
            if unknown:
                raise serializers.ValidationError({name: [self.unknown] for name in unknown})
        return super().to_internal_value(data)

    unknown = _("This field does not exist here, or cannot be written.")


class Query(KnownFieldsOnly[Any]):
    """The names and values of a query. A name that comes twice is refused: which of the two counts would be a guess."""

    unknown = _("This filter does not exist here.")

    @classmethod
    def read(cls, query: Any) -> dict[str, Any]:
        """The checked values of ``request.query_params``. Raises ValidationError."""
        twice = sorted(name for name in query if len(query.getlist(name)) > 1)
        if twice:
            raise serializers.ValidationError({name: [_("Give this once.")] for name in twice})
        read = cls(data=query.dict())
        read.is_valid(raise_exception=True)
        return dict(read.validated_data)
