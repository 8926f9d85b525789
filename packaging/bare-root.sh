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

keep=no ref=HEAD only=
while [ $# -gt 0 ]; do
  case "$1" in
    --keep) keep=yes ;;
    --ref) ref=$2; shift ;;
    --only) only=$2; shift ;;
    *) sed -n '2,9p' "$0" | cut -c3- >&2; exit 2 ;;
  esac
  shift
done
[ "$(id -u)" = 0 ] || { echo "bare-root.sh needs root: sudo $0" >&2; exit 2; }
command -v debootstrap >/dev/null || { echo "bare-root.sh needs debootstrap: apt-get install debootstrap" >&2; exit 2; }

project=$(cd "$(dirname "$0")/.." && pwd)
mirror=${MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Codename: bookworm' | sort -u | head -n 1)}
[ -n "$mirror" ] || { echo "bare-root.sh needs a Debian 12 mirror: set MIRROR" >&2; exit 2; }
base=$(mktemp -d "${TMPDIR:-/tmp}/congkhai-bare.XXXXXX")
root=$base/root
mounted=()

finish() {
  local status=$?
  for place in "${mounted[@]}"; do umount -l "$place" 2>/dev/null || true; done
  if [ "$keep" = yes ]; then echo "kept: $root"
  # --one-file-system: should a mount have stayed, nothing outside the root is touched.
  else rm -rf --one-file-system "$base"; fi
  exit $status
}
trap finish EXIT

timings=()
timed() {  # timed TITLE COMMAND…
  local title=$1 from=$SECONDS
  shift
  printf '\n=== %s\n' "$title"
  "$@"
  timings+=("$(printf '%-28s %4d s' "$title" $((SECONDS - from)))")
}

copy_in() {  # copy_in PATH…: the same place inside the root, links followed
  local path
  for path in "$@"; do
    [ -e "$path" ] || continue
    mkdir -p "$root$(dirname "$path")"
    rm -rf "${root:?}$path"
    cp -rL "$path" "$root$path"
  done
}

timed "debootstrap" debootstrap --variant=minbase \
  --include=python3,python3-venv,make,git,ca-certificates bookworm "$root" "$mirror"

mount -t proc proc "$root/proc" && mounted+=("$root/proc")
mount --bind /dev "$root/dev" && mounted+=("$root/dev")
mkdir -p "$root/dev/shm"

# How this machine reaches the network.
copy_in /etc/resolv.conf /etc/ssl/certs /etc/pip.conf
for file in /etc/apt/apt.conf.d/*; do
  if grep -qiE 'proxy|CaInfo|Verify-' "$file" 2>/dev/null; then copy_in "$file"; fi
done
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
environment=(HOME=/root "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" LANG=C.UTF-8 TERM=dumb)
for name in $(compgen -e); do
  case $name in
    PIP_* | http_proxy | https_proxy | no_proxy | HTTP_PROXY | HTTPS_PROXY | NO_PROXY | SSL_CERT_FILE | SSL_CERT_DIR | REQUESTS_CA_BUNDLE)
      environment+=("$name=${!name}") ;;
  esac
done

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

printf '\n=== in a bare Debian 12 root\n'
printf '%s\n' "${timings[@]}"
