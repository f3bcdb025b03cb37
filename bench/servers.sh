# Sourced by the programs here: the servers are those that Debian builds, PostgreSQL 15 and MariaDB 10.11, unless the environment names others. The ones that the tests start are
# built to be small, and compute at another speed. Where they cannot be had, the tests' own are used, and the first line of the figures tells their versions.
fetch=src/test/servers/fetch
: "${JAVA_HOME:=$(ls -d /usr/lib/jvm/*25* 2>/dev/null | head -n 1)}"; export JAVA_HOME
if [ -z "${CONCORDAT_POSTGRES:-}" ] && command -v apt-get >/dev/null && server=$("$fetch" postgres bookworm); then export CONCORDAT_POSTGRES=$server; fi
if [ -z "${CONCORDAT_MARIADB:-}" ] && command -v apt-get >/dev/null && server=$("$fetch" mariadb bookworm); then export CONCORDAT_MARIADB=$server; fi
