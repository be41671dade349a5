#!/bin/sh
# make_secrets.sh [FOLDER]: passwords that machines choose, and the addresses that hold them, for compose.yaml. A file that
# is there stays as it is. Tokens of the sources are yours to add: ravenwits_token, voke_token, flexmeasures_token,
# rm_api_token, alert_webhook_url.
set -eu
folder=${1:-$(dirname "$0")/secrets}
mkdir -p "$folder"
chmod 700 "$folder" # who may not enter reads nothing; inside, users of the containers have to

keep() { # NAME: writes standard input there, unless it is there
    if [ -e "$folder/$1" ]; then cat > /dev/null; else cat > "$folder/$1" && chmod 444 "$folder/$1"; fi
}
password() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

for name in postgres_password etl_password bi_password instance_password; do password | keep "$name"; done
printf 'postgresql://plant_pipeline:%s@warehouse:5432/plant_pipeline' "$(cat "$folder/etl_password")" | keep warehouse_url
printf 'postgresql+psycopg2://dagster:%s@instance:5432/dagster' "$(cat "$folder/instance_password")" |
    keep dagster_postgres_url
