#!/bin/sh
# restore.sh FOLDER [DUMP]: what backup.sh put into FOLDER, the newest dump or the one named, into an empty database and
# the archive's folder. The same variables as there; the user of WAREHOUSE_URL will own what is restored.
# Afterwards: `plant-pipeline db migrate`, `plant-pipeline archive verify`, and `plant-pipeline db roles` if the roles
# etl_rw and bi_ro did not exist on this server.
set -eu
umask 077
. "$(dirname "$0")/stores.sh"

[ $# -eq 1 ] || [ $# -eq 2 ] || fail "usage: $0 FOLDER [DUMP]"
folder=$1
archive=${ARCHIVE:-${PLANT_PIPELINE_HOME:-.plant_pipeline}/archive}
dump=${2:-$(find "$folder" -maxdepth 1 -name 'warehouse-*.dump' | sort | tail -n 1)}
[ -n "$dump" ] || fail "there is no dump in $folder"
open_warehouse

ask() { psql -XAtqw -v ON_ERROR_STOP=1 -c "$1" "$address"; }
is_filled=$(ask "select to_regnamespace('landing') is not null") || fail "the warehouse does not answer"
[ "$is_filled" = f ] || fail "the database is a warehouse already: restore into an empty one"
has_roles=$(ask "select to_regrole('bi_ro') is not null")
pg_restore --exit-on-error --no-owner $([ "$has_roles" = t ] || echo --no-privileges) --dbname="$address" "$dump" ||
    fail "the restore broke off: drop the database, make it anew and try again"
ask analyze
say "warehouse restored from $dump"
[ "$archive" = - ] || [ ! -d "$folder/archive" ] || copy_missing "$folder/archive" "$archive"
