"""What every endpoint has in common: a declared permission, the access, and where its rows come from."""

from collections.abc import Mapping
from typing import Any, ClassVar, Generic, TypeVar

from django.db.models import Model
from rest_framework import viewsets
from rest_framework.request import Request

from api.auth.scopes import scopes
from api.rest.permissions import access_of
from api.rest.serializers import Query
from kernel.permissions import Access, Declared, Permission

AnyModel = TypeVar("AnyModel", bound=Model)


class HospitalViewSet(viewsets.GenericViewSet[AnyModel], Generic[AnyModel]):
    """A resource of a hospital. ``permissions`` maps each action to what it asks for; rows come from selectors.

    ``is_public`` holds the reason when everybody may call it.
    """

    permissions: ClassVar[Mapping[str, Permission]] = {}
    is_public: ClassVar[str] = ""
    # What may stand in the query, by action; an action without an entry takes none.
    queries: ClassVar[Mapping[str, type[Query]]] = {}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """After the caller's rights, the query: nobody learns from it what is refused to them."""
        super().initial(request, *args, **kwargs)
        self.query = self.queries.get(str(self.action), Query).read(request.query_params)

    @property
    def access(self) -> Access:
        """Who calls, for whom, with what."""
        return access_of(self.request)

    @classmethod
    def as_view(cls, actions: Any = None, **initkwargs: Any) -> Any:
        view = super().as_view(actions, **initkwargs)
        asked = tuple({id(p): p for p in (cls.permissions.get(a) for a in (actions or {}).values()) if p}.values())
        for permission in asked:
            scopes.register(permission)
        view.portico_permission = (  # type: ignore[attr-defined]
            Declared("permission", asked) if asked else Declared("public", why=cls.is_public)
        )
        return view
