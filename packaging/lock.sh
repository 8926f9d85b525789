#!/bin/bash
# Write packaging/requirements.lock: every package that an installation with all extras gets, in one version each, with
# the digests of its files. What the lock already names stays as it is, so that running this twice changes nothing.
#
#   packaging/lock.sh [--upgrade | --check]
#
# --upgrade moves everything to the newest versions that setup.cfg allows; --check writes nothing and ends with 1 when
# the lock is stale. Needs the package index, and the tools of packaging/tools.txt, which `make lock` installs.
set -euo pipefail

project=$(cd "$(dirname "$0")/.." && pwd)
bin=${TOOLS:-$project/.venv/release}/bin
lock=$project/packaging/requirements.lock
upgrade=() check=no
case "${1:-}" in
  '') ;;
  --upgrade) upgrade=(--upgrade) ;;
  --check) check=yes ;;
  *) sed -n '2,8p' "$0" | cut -c3- >&2; exit 2 ;;
esac
[ -x "$bin/pip-compile" ] || { echo "lock.sh needs the tools of packaging/tools.txt: make lock" >&2; exit 2; }
# Which packages are needed depends on the Python; the Debian package and the container carry this one.
"$bin/python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || {
  echo "lock.sh needs Python 3.11, for which the lock is made: make lock PYTHON=python3.11" >&2; exit 2; }

work=$(mktemp -d "${TMPDIR:-/tmp}/congkhai-lock.XXXXXX")
trap 'rm -rf "$work"' EXIT
cp "$project/setup.cfg" "$project/pyproject.toml" "$project/README.md" "$project/LICENSE" "$work/"
for package in plugin connectors signing schedules; do
  (cd "$project" && find "$package" -name __init__.py -exec cp --parents {} "$work/" \;)
done
# Every extra that reaches an installation; those of developers do not.
mapfile -t extras < <("$bin/python" - "$project/setup.cfg" <<'PYTHON'
import configparser, sys
parser = configparser.ConfigParser(interpolation=None)
parser.read(sys.argv[1], encoding="utf-8")
for name in parser["options.extras_require"]:
    if name not in {"test", "lint", "bench"}:
        sys.stdout.write(f"--extra\n{name}\n")
PYTHON
)
if [ -e "$lock" ]; then cp "$lock" "$work/requirements.lock"; fi
(cd "$work" && "$bin/pip-compile" --quiet --generate-hashes --strip-extras --allow-unsafe --no-header --no-annotate \
  --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options \
  "${extras[@]}" "${upgrade[@]}" --output-file requirements.lock pyproject.toml)
{
  echo "# Made by packaging/lock.sh (make lock) for CPython 3.11 on Linux, from setup.cfg with these extras:"
  echo "#  $(printf '%s\n' "${extras[@]}" | grep -v '^--extra' | sort | paste -sd' ')"
  grep -v '^#' "$work/requirements.lock"
} > "$work/new.lock"
if cmp --silent "$work/new.lock" "$lock"; then echo "packaging/requirements.lock is up to date"; exit 0; fi
if [ "$check" = yes ]; then
  diff -u "$lock" "$work/new.lock" | grep '^[-+][A-Za-z#]' | head -n 20 >&2 || true
  echo "packaging/requirements.lock is stale: make lock" >&2
  exit 1
fi
cp "$work/new.lock" "$lock"
echo "packaging/requirements.lock: $(grep -c == "$lock") packages"
