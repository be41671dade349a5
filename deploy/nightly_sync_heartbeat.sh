#!/bin/sh
# For a monitor outside: says since when no nightly sync has ended well. Needs psql, and
# of the pipeline this file and stores.sh beside it.
#
#   nightly_sync_heartbeat.sh [HOURS [JOB]]    HOURS without one that are too many (26: a day, and two for the night
#                                              itself); JOB: another job, as registry_sync or voke_energy_sampling
#
# The warehouse is WAREHOUSE_URL, what WAREHOUSE_URL_FILE holds, or what the variables of psql name (PGSERVICE, PGHOST,
# PGDATABASE, PGPASSFILE). A role that may read landing.heartbeat is enough.
# Exit: 0 in time; 1 too long ago, or never; 2 the warehouse did not answer, or was not named well.
set -u
exit_code=2
. "$(dirname "$0")/stores.sh"

hours=${1:-26}
job=${2:-nightly_sync}
case $hours in
    '' | *[!0-9]* | ?????*)
        echo "usage: $0 [HOURS [JOB]], HOURS a whole number below 10000"
        exit 2
        ;;
esac
case $job in
    '' | *[!a-z0-9_]*)
        echo "usage: $0 [HOURS [JOB]], JOB the name of a job"
        exit 2
        ;;
esac
name=$(echo "$job" | tr _ ' ')

statement="
    select
        case when succeeded_at > now() - make_interval(hours => $hours) then 'in time' else 'late' end || ';'
        || to_char(succeeded_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI')
    from landing.heartbeat
    where job = '$job'"

export PGCONNECT_TIMEOUT="${PGCONNECT_TIMEOUT:-10}"
address=
[ -z "${WAREHOUSE_URL:-}${WAREHOUSE_URL_FILE:-}" ] || open_warehouse
if ! answer=$(psql -XAtqw -c "$statement" ${address:+"$address"} 2>/dev/null); then
    echo "the warehouse did not answer: run psql with the same variables to see why"
    exit 2
fi

case $answer in
    'in time;'*) echo "$name succeeded at ${answer#*;} UTC" ;;
    'late;'*)
        echo "no successful $name since ${answer#*;} UTC"
        exit 1
        ;;
    *)
        echo "no successful $name since the warehouse was set up"
        exit 1
        ;;
esac
