# shellcheck shell=bash
# What deb-root.sh and bare-root.sh share: a throw-away Debian 12 root below a temporary folder, gone when they end.
# Sourced, never run. `keep` (yes or no) must be set before `make_base`, which sets `project`, `base` and `root`.
# MIRROR names another Debian mirror than apt's own.

needs_root() {  # needs_root: stop where root or debootstrap is missing
  local name
  name=$(basename "$0")
  [ "$(id -u)" = 0 ] || { echo "$name needs root: sudo $0" >&2; exit 2; }
  command -v debootstrap >/dev/null || { echo "$name needs debootstrap: apt-get install debootstrap" >&2; exit 2; }
  mirror=${MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Codename: bookworm' | sort -u | head -n 1)}
  [ -n "$mirror" ] || { echo "$name needs a Debian 12 mirror: set MIRROR" >&2; exit 2; }
}

usage() {  # usage LAST: print the script's own head, its lines 2 to LAST
  sed -n "2,$1p" "$0" | cut -c3- >&2
  exit 2
}

make_base() {  # make_base NAME: the temporary folder, and its removal however the script ends
  project=$(cd "$(dirname "$0")/.." && pwd)
  base=$(mktemp -d "${TMPDIR:-/tmp}/congkhai-$1.XXXXXX")
  root=$base/root
  mounted=()
  timings=()
  trap finish EXIT
}

finish() {
  local status=$? place
  for place in "${mounted[@]}"; do umount -l "$place" 2>/dev/null || true; done
  if [ "$keep" = yes ]; then echo "kept: $base"
  # --one-file-system: should a mount have stayed, nothing outside the root is touched.
  else rm -rf --one-file-system "$base"; fi
  exit "$status"
}

timed() {  # timed TITLE COMMAND…
  local title=$1 from=$SECONDS
  shift
  printf '\n=== %s\n' "$title"
  "$@"
  timings+=("$(printf '%-34s %4d s' "$title" $((SECONDS - from)))")
}

told() {  # told TITLE: what each step took
  printf '\n=== %s\n' "$1"
  printf '%s\n' "${timings[@]}"
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

make_root() {  # make_root PACKAGES: the root itself, with what this machine reaches Debian's mirror by
  local file
  debootstrap --variant=minbase "--include=$1" bookworm "$root" "$mirror" >"$base/debootstrap.log" \
    || { tail -n 5 "$base/debootstrap.log" >&2; return 1; }
  mount -t proc proc "$root/proc" && mounted+=("$root/proc")
  mount --bind /dev "$root/dev" && mounted+=("$root/dev")
  mkdir -p "$root/dev/shm"
  copy_in /etc/resolv.conf
  for file in /etc/apt/apt.conf.d/*; do
    if grep -qiE 'proxy|CaInfo|Verify-' "$file" 2>/dev/null; then copy_in "$file"; fi
  done
}

chosen_environment() {  # chosen_environment PATTERN…: `environment`, with those of ours whose names match and proxies
  local name pattern
  environment=(HOME=/root "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" LANG=C.UTF-8 TERM=dumb)
  for name in $(compgen -e); do
    for pattern in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY "$@"; do
      # shellcheck disable=SC2254 # a pattern it is
      case $name in $pattern) environment+=("$name=${!name}") ;; esac
    done
  done
}
