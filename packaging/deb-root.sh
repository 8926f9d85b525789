#!/bin/bash
# Prove the Debian package in a fresh Debian 12 root: installed without any network, run as its service account,
# upgraded with its ini kept and its store migrated, removed, purged.
#
#   sudo packaging/deb-root.sh [--keep] [--deb FILE]
#
# Needs root, debootstrap, and the tools of packaging/tools.txt; `make deb-test` sees to the tools. --deb tests a package
# that is built already; otherwise one is built from this working copy. The upgrade is to the same program under a higher
# version with one more migration. MIRROR names another Debian mirror than apt's own.
set -euo pipefail
# shellcheck source=packaging/fresh-root.sh
source "$(dirname "$0")/fresh-root.sh"

keep=no first=
while [ $# -gt 0 ]; do
  case "$1" in
    --keep) keep=yes ;;
    --deb) first=$(realpath "$2"); shift ;;
    *) usage 9 ;;
  esac
  shift
done
needs_root
make_base deb-root

fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
chosen_environment
environment+=(DEBIAN_FRONTEND=noninteractive)
inside() { chroot "$root" env -i "${environment[@]}" bash -euo pipefail -c "$1"; }
offline() { unshare --net chroot "$root" env -i "${environment[@]}" bash -euo pipefail -c "$1"; }
as_service() { inside "cd /var/lib/congkhai && runuser -u congkhai -- $1"; }

build_second() {  # the same program under a higher version, with one more migration
  local copy=$base/source last head
  mkdir -p "$copy"
  (cd "$project" && git ls-files -z --cached --others --exclude-standard \
    | while IFS= read -r -d '' file; do if [ -e "$file" ]; then printf '%s\0' "$file"; fi; done \
    | tar --create --null --files-from -) | tar --extract --directory "$copy"
  last=$(find "$copy/plugin/store/migrations/versions" -name 's[0-9]*.py' | sort | tail -n 1)
  head=$(sed -n 's/^revision = "\(.*\)"$/\1/p' "$last")
  [ -n "$head" ] || fail "no revision in $last"
  cat >"$copy/plugin/store/migrations/versions/s9999_trial.py" <<MIGRATION
"""A table for the trial of an upgrade; never part of a release."""

import sqlalchemy as sa
from alembic import op

revision = "s9999"
down_revision = "$head"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("upgrade_trial", sa.Column("id", sa.Integer, primary_key=True))


def downgrade() -> None:
    op.drop_table("upgrade_trial")
MIGRATION
  DEB_COMPRESSION=gzip WHEELS=$project/build/wheels "$project/packaging/build-deb.sh" --source "$copy" --version 9.9.9 --out "$base/second"
}

schema() { as_service "/opt/congkhai/bin/python3 -I -c 'import sqlite3; print(sqlite3.connect(\"/var/lib/congkhai/congkhai.sqlite\").execute(\"select version_num from alembic_version\").fetchone()[0])'"; }

if [ -z "$first" ]; then
  timed "build" env DEB_COMPRESSION=gzip "$project/packaging/build-deb.sh" --out "$base/first"
  first=$(ls "$base"/first/congkhai_*.deb)
fi
timed "build, a higher version" build_second
second=$(ls "$base"/second/congkhai_*.deb)
timed "debootstrap" make_root ca-certificates
mkdir -p "$root/debs/1" "$root/debs/2"
cp "$first" "$root/debs/1/" && cp "$second" "$root/debs/2/"
# What Debian's own packages bring comes from Debian; congkhai itself then installs with no network at all.
depends=$(dpkg-deb --field "$first" Depends | sed 's/([^)]*)//g; s/|[^,]*//g; s/,/ /g')
timed "dependencies from Debian" inside "apt-get -qq update && apt-get -qq install --yes --no-install-recommends $depends bash-completion man-db >/var/log/dependencies.log 2>&1"
inside "dpkg-query --show --showformat '\${Package}\n'" | wc -l | xargs printf 'packages in the root: %s\n'

timed "install, without network" offline "dpkg --install /debs/1/*.deb"
inside "congkhai --version"
inside "dpkg --verify congkhai"
[ "$(inside "stat --format '%U:%G %a' /var/lib/congkhai /etc/congkhai /etc/congkhai/congkhai.ini" | paste -sd,)" = \
  "congkhai:congkhai 750,root:congkhai 750,root:congkhai 640" ] || fail "owners and modes"
inside "find /opt/congkhai -perm /022 ! -type l | grep . && exit 1; find /opt/congkhai ! -user root | grep . && exit 1; true" || fail "somebody but root could write below /opt/congkhai"
inside "man --whatis congkhai congkhai-backup congkhai.ini" || inside "mandb --quiet && man --whatis congkhai congkhai-backup congkhai.ini"
inside "source /usr/share/bash-completion/bash_completion && source /usr/share/bash-completion/completions/congkhai && COMP_WORDS=(congkhai jour) COMP_CWORD=1 && _congkhai_completion congkhai && [ \"\${COMPREPLY[*]}\" = journal ]" || fail "completion"
timed "init" as_service "congkhai init --dir /etc/congkhai --keep"
timed "check" as_service "congkhai check | grep -v '^\[đạt\]'"
timed "demo, as the service account" as_service "congkhai demo --no-serve --dir /var/lib/congkhai/trial 2>&1 | tail -n 8"
as_service "congkhai verify --trust trial/trust trial/dossiers" | tail -n 1
inside "dpkg --verify congkhai" || fail "running changed files of the package"

inside "sed -i 's/^name = .*/name = Ủy ban nhân dân xã Mẫu Sơn/' /etc/congkhai/congkhai.ini"
ini=$(sha256sum <"$root/etc/congkhai/congkhai.ini")
old=$(schema)
timed "upgrade, without network" offline "dpkg --install /debs/2/*.deb </dev/null"
inside "congkhai --version"
[ "$ini" = "$(sha256sum <"$root/etc/congkhai/congkhai.ini")" ] || fail "the upgrade changed the ini"
[ "$(schema)" = s9999 ] || fail "the store was not migrated: $(schema)"
printf 'ini kept; store migrated from %s to %s\n' "$old" "$(schema)"
as_service "congkhai check --only store" && as_service "congkhai journal verify"
[ "$(inside "dpkg --verify congkhai" | awk '{print $NF}')" = /etc/congkhai/congkhai.ini ] || fail "more than the ini differs"

timed "remove" inside "dpkg --remove congkhai"
[ -e "$root/etc/congkhai/congkhai.ini" ] || fail "removing took the ini"
inside "test ! -e /usr/bin/congkhai && test ! -e /opt/congkhai" || fail "removing left programs: $(inside 'find /opt/congkhai | head')"
timed "purge, with a store" inside "dpkg --purge congkhai"
inside "test -e /var/lib/congkhai/congkhai.sqlite && getent passwd congkhai >/dev/null" || fail "purging took the store"
inside "test ! -e /etc/congkhai" || fail "purging left $(inside 'find /etc/congkhai')"
rm -rf "$root/var/lib/congkhai"
timed "install and purge, no store" offline "dpkg --install /debs/1/*.deb >/dev/null && rmdir /var/lib/congkhai && dpkg --purge congkhai"
left=$(inside "find / -xdev \( -path /proc -o -path /dev -o -path /debs -o -path /var/log -o -path /var/cache/man -o -path /tmp \) -prune -o -iname '*congkhai*' -print; getent passwd congkhai || true; getent group congkhai || true")
[ -z "$left" ] || fail "purging left: $left"
echo "nothing left"

told "the Debian package in a Debian 12 root"
