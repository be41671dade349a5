#!/usr/bin/env bash
# Takes the pictures in docs/screenshots of the sandbox that `make run` filled, with Debian's chromium:
#     docs/screenshots.sh DATE [PLANT]
# DATE is a date that was synced, PLANT a plant_code (default: the first one with energy). Dagster's pages are those of its
# own server on PORT (default 3939), which is ended by its process id.
set -euo pipefail
cd "$(dirname "$0")/.."
date=${1:?usage: docs/screenshots.sh DATE [PLANT]}
port=${PORT:-3939}
command -v chromium >/dev/null || { echo "chromium is not installed: apt-get install chromium" >&2; exit 1; }
out=docs/screenshots
pages=$(mktemp -d)
server=
finish() {
    [ -z "$server" ] || kill -- "-$server" 2>/dev/null || true
    rm -rf "$pages"
}
trap finish EXIT
mkdir -p "$out"

shoot() { # NAME WIDTH HEIGHT URL [OPTION...]
    chromium --headless --no-sandbox --hide-scrollbars --window-size="$2,$3" --screenshot="$out/$1.png" "${@:5}" "$4" \
        >/dev/null 2>&1
    echo "$out/$1.png"
}

.venv/bin/plant-pipeline report --sandbox --date "$date" --pages --out "$pages/fleet.html" >/dev/null 2>&1
plant=${2:-$(basename "$(find "$pages/fleet_plants" -name 'P-*.html' | sort | head -1)" .html)}
shoot fleet_report 1240 1180 "file://$pages/fleet.html"
shoot fleet_report_dark 1240 1180 "file://$pages/fleet.html" --blink-settings=preferredColorScheme=0
shoot fleet_report_phone 500 1100 "file://$pages/fleet.html"
shoot plant_page 1240 900 "file://$pages/fleet_plants/$plant.html"

set -m
.venv/bin/plant-pipeline sandbox -- .venv/bin/plant-pipeline serve --port "$port" >/dev/null 2>&1 &
server=$!
set +m
for _ in $(seq 1 120); do
    ! curl -s -o /dev/null "http://127.0.0.1:$port/server_info" || break
    sleep 1
done
show() { # NAME HEIGHT PATH TEXT [BUTTON... | --from HEADING]: a page of Dagster once it shows TEXT
    .venv/bin/python docs/screenshot.py "http://127.0.0.1:$port$3" "$out/$1.png" 1500 "$2" "$4" "${@:5}"
    echo "$out/$1.png"
}

show dagster_lineage 1000 /asset-groups "energy"
show dagster_fleet_report 640 /assets/fleet_report "needs a person" --from "needs a person"
show dagster_energy 1300 "/assets/energy/plant_daily?view=partitions&partition=$date" "plants to look at"
show dagster_energy_plots 1500 /assets/energy/plant_daily "plants to look at" Plots --from Metadata
show dagster_fleet_kpis 1300 "/assets/kpi/portfolio_daily?view=partitions&partition=$date" "capacity factor"
show dagster_check 800 "/assets/energy/plant_daily?view=checks" "Latest execution"
