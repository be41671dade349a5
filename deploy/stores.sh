# What the scripts beside this file share: finding the two stores, and copying objects that never change.

say() { printf '%s\n' "$*" >&2; }
fail() {
    say "$0: $*"
    exit "${exit_code:-1}"
}

# The address of the warehouse without its password, which goes into PGPASSWORD: the list of processes is no place for it.
open_warehouse() {
    [ -n "${WAREHOUSE_URL:-}${WAREHOUSE_URL_FILE:-}" ] || fail "set WAREHOUSE_URL or WAREHOUSE_URL_FILE"
    address=${WAREHOUSE_URL:-$(cat "$WAREHOUSE_URL_FILE")} || fail "WAREHOUSE_URL_FILE cannot be read"
    address=$(printf '%s' "$address" | tr -d '\r') # a file of Windows ends its line with one
    case $address in
        password=* | *[?\&\ ]password=*) fail "write the password into the address as user:password@host" ;;
    esac
    password=$(printf '%s' "$address" | sed -n 's#^[a-z]*://[^:/@]*:\([^@]*\)@.*#\1#p')
    if [ -n "$password" ]; then
        PGPASSWORD=$(decoded "$password")
        export PGPASSWORD
        address=$(printf '%s' "$address" | sed 's#^\([a-z]*://[^:/@]*\):[^@]*@#\1@#')
    fi
    export PGCONNECT_TIMEOUT="${PGCONNECT_TIMEOUT:-10}"
}

# TEXT: as it is meant, with each %40 an @ and so on.
decoded() {
    rest=$1
    while :; do
        before=${rest%%\%[0-9A-Fa-f][0-9A-Fa-f]*}
        printf '%s' "$before"
        [ "$before" != "$rest" ] || return 0
        rest=${rest#"$before"%}
        after=${rest#??}
        printf "\\$(printf '%03o' "0x${rest%"$after"}")"
        rest=$after
    done
}

# FROM TO: copies the files that TO lacks, each under another name until it is whole; says how many.
copy_missing() {
    mkdir -p "$2"
    (cd "$1" && find . -type f ! -name '*.part' ! -name '*.partial' | sort) | {
        copied=0
        while IFS= read -r file; do
            [ -e "$2/$file" ] && continue
            mkdir -p "$(dirname "$2/$file")"
            cp -p "$1/$file" "$2/$file.partial" || exit 1
            mv "$2/$file.partial" "$2/$file" || exit 1
            copied=$((copied + 1))
        done
        say "$copied objects copied to $2"
    }
}
