#!/bin/bash
# Prove the two commands on a machine that has nothing: a fresh Debian 12 root with python3, python3-venv, make and git,
# a clean clone of this repository in it, then `make run` and `make test`.
#
#   sudo packaging/bare-root.sh [--keep] [--ref COMMIT] [--only run|test]
#
# Needs root and debootstrap. Where this machine reaches Debian's mirror and the package index by settings of its own
# (PIP_* and proxy variables, pip.conf, certificates, resolv.conf, apt's configuration), they are copied into the
# throw-away root; nothing of them is written into the project. MIRROR names another Debian mirror than apt's own.
set -euo pipefail
# shellcheck source=packaging/fresh-root.sh
source "$(dirname "$0")/fresh-root.sh"

keep=no ref=HEAD only=
while [ $# -gt 0 ]; do
  case "$1" in
    --keep) keep=yes ;;
    --ref) ref=$2; shift ;;
    --only) only=$2; shift ;;
    *) usage 9 ;;
  esac
  shift
done
needs_root
make_base bare

timed "debootstrap" make_root python3,python3-venv,make,git,ca-certificates

# How this machine reaches the package index.
copy_in /etc/ssl/certs /etc/pip.conf
for name in PIP_CONFIG_FILE PIP_CERT SSL_CERT_FILE REQUESTS_CA_BUNDLE; do
  if [ -f "${!name:-}" ]; then copy_in "${!name}"; fi
done
if [ -z "${PIP_CONFIG_FILE:-}" ]; then
  for file in "${HOME:-/root}/.config/pip/pip.conf" "${HOME:-/root}/.pip/pip.conf"; do
    if [ -f "$file" ]; then mkdir -p "$root/root/.config/pip"; cp "$file" "$root/root/.config/pip/pip.conf"; fi
  done
fi
for place in ${PIP_FIND_LINKS:-}; do
  if [ -d "$place" ]; then copy_in "$place"; fi
done
chosen_environment 'PIP_*' SSL_CERT_FILE SSL_CERT_DIR REQUESTS_CA_BUNDLE

inside() { chroot "$root" env -i "${environment[@]}" bash -euc "cd /src/congkhai && $1"; }

mkdir -p "$root/src"
git clone --quiet --no-hardlinks "$project" "$root/src/congkhai"
git -C "$root/src/congkhai" checkout --quiet --detach "$(git -C "$project" rev-parse "$ref")"
printf '\nclean clone of %s in a root of %s packages\n' \
  "$(git -C "$root/src/congkhai" rev-parse --short HEAD)" "$(chroot "$root" dpkg-query --show | wc -l)"

# Served, the demo would wait for its end; with --no-serve it stops after the verdict.
[ "$only" = test ] || timed "make run" inside 'make run DEMO=--no-serve </dev/null'
[ "$only" = test ] || timed "make run, again" inside 'make run DEMO="--no-serve --dir /tmp/again" </dev/null'
[ "$only" = run ] || timed "make test" inside 'make test </dev/null'
leftover=$(git -C "$root/src/congkhai" status --porcelain)
[ -z "$leftover" ] || { printf 'the commands left files that git does not ignore:\n%s\n' "$leftover" >&2; exit 1; }

told "in a bare Debian 12 root"
