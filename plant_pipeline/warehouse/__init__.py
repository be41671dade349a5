"""The PostgreSQL warehouse: opening it, migrating it, roles, locks, named queries, bulk writes.

What belongs here: everything every room needs from the database. What does not: any room's own tables or rules; those
live in `sql/` and in the rooms.
"""

from plant_pipeline.warehouse.access import READABLE_SCHEMAS, grant_access
from plant_pipeline.warehouse.locks import ensure_month_partitions, lock_day, lock_key, lock_name, lock_registry
from plant_pipeline.warehouse.named_queries import (
    SQL_FOLDERS,
    add_sql_folder,
    bundled,
    driver_connection,
    execute,
    has_rows,
    instant_array,
    integer_array,
    queries,
    query,
    read_frame,
    read_objects,
    read_table,
    read_tuples,
    uuid_array,
)
from plant_pipeline.warehouse.opening import (
    Warehouse,
    connect,
    create_roles,
    migrate,
    migration_status,
    open_warehouse,
)
from plant_pipeline.warehouse.writing import (
    UpsertCounts,
    copy_first_rows,
    copy_rows,
    copy_typed_rows,
    upsert_rows,
    upsert_statement,
)

__all__ = [
    "READABLE_SCHEMAS",
    "SQL_FOLDERS",
    "UpsertCounts",
    "Warehouse",
    "add_sql_folder",
    "bundled",
    "connect",
    "copy_first_rows",
    "copy_rows",
    "copy_typed_rows",
    "create_roles",
    "driver_connection",
    "ensure_month_partitions",
    "execute",
    "grant_access",
    "has_rows",
    "instant_array",
    "integer_array",
    "lock_day",
    "lock_key",
    "lock_name",
    "lock_registry",
    "migrate",
    "migration_status",
    "open_warehouse",
    "queries",
    "query",
    "read_frame",
    "read_objects",
    "read_table",
    "read_tuples",
    "upsert_rows",
    "upsert_statement",
    "uuid_array",
]
