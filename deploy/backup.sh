#!/bin/sh
# backup.sh FOLDER: the warehouse (one dump a call, the newest KEEP_DUMPS of them kept, 14) and the archive (what is not
# there yet; no object of it ever changes). restore.sh FOLDER brings both back.
#
# The warehouse is WAREHOUSE_URL or what WAREHOUSE_URL_FILE holds. ARCHIVE is the archive's folder, by default
# PLANT_PIPELINE_HOME/archive; one in a bucket is not copied (ARCHIVE=-): let the bucket keep versions, or replicate it.
# Needs pg_dump and pg_restore of the server's version or a later one. FOLDER then holds what secrets protect: guard it.
set -eu
umask 077
. "$(dirname "$0")/stores.sh"

[ $# -eq 1 ] || fail "usage: $0 FOLDER"
folder=$1
archive=${ARCHIVE:-${PLANT_PIPELINE_HOME:-.plant_pipeline}/archive}
[ "$archive" = - ] || [ -d "$archive" ] || fail "there is no archive in $archive: set ARCHIVE"
open_warehouse

# The dump first: every object that its rows name is then in the archive.
mkdir -p "$folder"
dump=$folder/warehouse-$(date -u +%Y%m%dT%H%M%SZ).dump
trap 'rm -f "$dump.partial"' EXIT
pg_dump --format=custom --file="$dump.partial" --dbname="$address" || fail "the warehouse could not be dumped"
pg_restore --list "$dump.partial" > /dev/null || fail "the dump cannot be read"
mv "$dump.partial" "$dump"
say "warehouse dumped to $dump"
[ "$archive" = - ] || copy_missing "$archive" "$folder/archive"

find "$folder" -maxdepth 1 -name 'warehouse-*.dump' | sort -r | tail -n +$((${KEEP_DUMPS:-14} + 1)) |
    while IFS= read -r old; do rm -f "$old" && say "removed $old"; done
