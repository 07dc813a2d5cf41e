"""Migration operations that hold in every schema: plain SQL, without the name of a schema or a role."""

from typing import Any

from django.db import router
from django.db.migrations.operations.base import Operation, OperationCategory

_FORWARDS = (
    """DO $$ BEGIN
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %I FROM %I', {name}, extensions.schema_role());
    END $$""",
    """CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE EXCEPTION 'the rows of % are never changed or removed', TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege';
    END $$""",
    """CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION {function}()""",
)
_BACKWARDS = (
    "DROP TRIGGER append_only ON {table}",
    "DROP FUNCTION {function}()",
    """DO $$ BEGIN
    EXECUTE format('GRANT UPDATE, DELETE ON %I TO %I', {name}, extensions.schema_role());
    END $$""",
)


class AppendOnly(Operation):
    """Rows of ``table`` can be added and read, and never changed, removed or emptied.

    Two walls: the schema's role loses the rights, and a trigger refuses whoever has them, the tables' owner included.
    Both are SQL, so the fleet's migrations can send them; the template's replay repeats the trigger with the dump and
    the loss of rights by its own REVOKEs.
    """

    reduces_to_sql = True
    reversible = True
    category = OperationCategory.SQL

    def __init__(self, table: str) -> None:
        self.table = table

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (type(self).__name__, [self.table], {})

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Nothing that models know of changes."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Take the rights away and add the trigger."""
        self._execute(_FORWARDS, app_label, schema_editor)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Give the rights back."""
        self._execute(_BACKWARDS, app_label, schema_editor)

    def _execute(self, statements: tuple[str, ...], app_label: str, schema_editor: Any) -> None:
        if not router.allow_migrate(schema_editor.connection.alias, app_label):
            return
        names = {
            "table": schema_editor.quote_name(self.table),
            "function": schema_editor.quote_name(f"{self.table}_append_only"),
            "name": schema_editor.quote_value(self.table),
        }
        for statement in statements:
            schema_editor.execute(statement.format(**names), params=None)

    def describe(self) -> str:
        return f"Rows of {self.table} are never changed or removed"
