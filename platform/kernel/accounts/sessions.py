"""The session store: Django's database store on our own table, which knows whose session it is."""

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db

from kernel.accounts.models import Session


class SessionStore(db.SessionStore):
    """One row a device."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        session: Session = super().create_model_instance(data)
        session.account_id = data.get(SESSION_KEY)
        return session
