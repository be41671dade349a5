#!/bin/sh
# entrypoint.sh COMMAND...: Dagster's own programs know no DAGSTER_POSTGRES_URL_FILE, so it is read here.
set -eu
if [ -n "${DAGSTER_POSTGRES_URL_FILE:-}" ]; then
    DAGSTER_POSTGRES_URL=$(cat "$DAGSTER_POSTGRES_URL_FILE")
    DAGSTER_POSTGRES_URL=$(printf '%s' "$DAGSTER_POSTGRES_URL" | tr -d '\r') # of a file from Windows
    export DAGSTER_POSTGRES_URL
    unset DAGSTER_POSTGRES_URL_FILE
fi
exec "$@"
