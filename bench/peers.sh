# Sourced by the programs here: installs the Debian packages of the peers where it may, and names what is there: $pt, $pgc, $bin; "-" where a tool is missing.
wanted=()
command -v pt-table-sync >/dev/null && perl -MDBD::mysql -e1 2>/dev/null || wanted+=(percona-toolkit libdbd-mysql-perl)
command -v pg_comparator >/dev/null && perl -MDBD::Pg -e1 2>/dev/null || wanted+=(postgresql-comparator libdbd-pg-perl)
extension() { ls -d /usr/share/postgresql/*/extension/pgcmp.control 2>/dev/null | tail -n 1 | cut -d/ -f5; }
if [ ${#wanted[@]} -gt 0 ] && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    apt-get update -qq && apt-get install -y -qq --no-install-recommends "${wanted[@]}" >/dev/null
fi
version=$(extension)
if [ -n "$version" ] && [ ! -x "/usr/lib/postgresql/$version/bin/initdb" ] && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    apt-get install -y -qq --no-install-recommends "postgresql-$version" >/dev/null
fi
pt=$(command -v pt-table-sync || true); pgc=$(command -v pg_comparator || true); bin=/usr/lib/postgresql/$version/bin
[ -n "$pt" ] || { echo "pt-table-sync is left out: install percona-toolkit and libdbd-mysql-perl" >&2; pt=-; }
if [ -z "$pgc" ] || [ -z "$version" ] || [ ! -x "$bin/initdb" ]; then
    echo "pg_comparator is left out: install postgresql-comparator, libdbd-pg-perl and the PostgreSQL that it was built for" >&2; pgc=-; bin=-
fi
