#!/bin/bash
# Build the Debian package for Debian 12 (Python 3.11): a virtual environment of its own under /opt/congkhai with
# exactly the packages of packaging/requirements.lock, account, unit, sample ini, man pages, bash completion.
#
#   packaging/build-deb.sh [--source FOLDER] [--version VERSION] [--out FOLDER]
#
# --source builds another copy of the project than this one; --version gives it another version than setup.cfg says.
# The package index is asked only for files that build/wheels does not hold yet, and each file must have a digest that
# the lock names; installing the package needs no index. DEB_COMPRESSION=gzip builds a larger file sooner. Needs
# dpkg-deb, Debian 12's Python 3.11, and the tools of packaging/tools.txt, which `make deb` installs.
set -euo pipefail
umask 022

project=$(cd "$(dirname "$0")/.." && pwd)
source=$project version='' out=$project/dist
while [ $# -gt 0 ]; do
  case "$1" in
    --source) source=$(cd "$2" && pwd); shift ;;
    --version) version=$2; shift ;;
    --out) out=$2; shift ;;
    *) sed -n '2,11p' "$0" | cut -c3- >&2; exit 2 ;;
  esac
  shift
done
target_python=3.11
tools=${TOOLS:-$project/.venv/release}/bin
wheels=${WHEELS:-$project/build/wheels}
command -v dpkg-deb >/dev/null || { echo "build-deb.sh needs dpkg-deb: apt-get install dpkg-dev" >&2; exit 2; }
[ -x "$tools/cyclonedx-py" ] || { echo "build-deb.sh needs the tools of packaging/tools.txt: make deb" >&2; exit 2; }
[ -x "/usr/bin/python$target_python" ] || { echo "build-deb.sh needs /usr/bin/python$target_python, the Python of Debian 12" >&2; exit 2; }
python=$tools/python
"$python" -c "import sys; sys.exit(sys.version_info[:2] != (3, 11))" || {
  echo "build-deb.sh needs tools of Python $target_python, to compile for it: make deb PYTHON=python$target_python" >&2; exit 2; }
architecture=$(dpkg --print-architecture)
case $architecture in
  amd64) machine=x86_64 ;;
  arm64) machine=aarch64 ;;
  *) echo "build-deb.sh knows amd64 and arm64; this machine is $architecture" >&2; exit 2 ;;
esac
# What Debian 12 can load: the C library is 2.36.
platforms=(--platform "linux_$machine" --platform "manylinux1_$machine" --platform "manylinux2010_$machine" --platform "manylinux2014_$machine")
for minor in $(seq 5 36); do platforms+=(--platform "manylinux_2_${minor}_$machine"); done
target=(--only-binary=:all: --python-version "$target_python" --implementation cp --abi cp311 --abi abi3 --abi none "${platforms[@]}")

work=$(mktemp -d "${TMPDIR:-/tmp}/congkhai-deb.XXXXXX")
trap 'rm -rf "$work"' EXIT
copy=$work/source stage=$work/stage
mkdir -p "$copy" "$stage" "$out" "$wheels"

# The source as git would hold it; a source without git is taken whole but for what building and running leave there.
if git -C "$source" rev-parse --is-inside-work-tree >/dev/null 2>&1; then
  (cd "$source" && git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
    if [ -e "$file" ]; then printf '%s\0' "$file"; fi; done | tar --create --null --files-from - ) | tar --extract --directory "$copy"
  SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$source" log -1 --format=%ct)}
else
  tar --create --directory "$source" --exclude .venv --exclude build --exclude dist . | tar --extract --directory "$copy"
  SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(stat --format=%Y "$source/setup.cfg")}
fi
export SOURCE_DATE_EPOCH
if [ -n "$version" ]; then sed -i "s/^version = .*/version = $version/" "$copy/setup.cfg"; fi
version=$(sed -n 's/^version = //p' "$copy/setup.cfg")

echo "wheels: the locked packages, and congkhai $version"
"$python" -m pip --quiet download --dest "$wheels" --find-links "$wheels" --no-deps "${target[@]}" \
  --requirement "$copy/packaging/requirements.lock"
"$python" -m pip --quiet wheel --no-deps --no-build-isolation --wheel-dir "$work/wheel" "$copy"

echo "virtual environment"
home=$stage/opt/congkhai
site=$home/lib/python$target_python/site-packages
mkdir -p "$site" "$home/bin" "$stage/usr/bin"
quietly=(--quiet --no-index --no-deps --no-compile --no-warn-script-location --root-user-action ignore --target "$site")
"$python" -m pip install "${quietly[@]}" "${target[@]}" --find-links "$wheels" --requirement "$copy/packaging/requirements.lock"
rm -rf "${site:?}/bin"  # scripts of other packages, with the build's interpreter in their first line
"$python" -m pip install "${quietly[@]}" "$work"/wheel/congkhai-*.whl
rm -rf "${site:?}/bin"
# Where it was built is nobody's business and would make each build another.
rm -f "$site"/congkhai-*.dist-info/direct_url.json
sed -i '/direct_url\.json,/d' "$site"/congkhai-*.dist-info/RECORD
printf 'home = /usr/bin\ninclude-system-site-packages = false\nversion = %s\n' "$target_python" >"$home/pyvenv.cfg"
ln -s "/usr/bin/python$target_python" "$home/bin/python3"
ln -s python3 "$home/bin/python"
cat >"$home/bin/congkhai" <<'PROGRAM'
#!/opt/congkhai/bin/python3 -I
import sys

from congkhai.plugin.cli import main

sys.exit(main())
PROGRAM
chmod 755 "$home/bin/congkhai"
ln -s /opt/congkhai/bin/congkhai "$stage/usr/bin/congkhai"
# Compiled here and not compared with the source again: nobody, root included, writes below /opt at run time.
"$python" -m compileall -q -j 2 --invalidation-mode unchecked-hash -s "$stage" -p / "$site"

echo "unit, ini, man pages, completion"
documents=$stage/usr/share/doc/congkhai
mkdir -p "$stage"/etc/congkhai/{conf.d,credentials,trust} "$stage/usr/lib/systemd/system" "$documents/examples" \
  "$stage/usr/share/bash-completion/completions" "$stage/usr/share/man"
install -m 644 "$copy"/packaging/systemd/*.service "$stage/usr/lib/systemd/system/"
for file in "$copy"/packaging/systemd/*.socket; do
  if [ -e "$file" ]; then install -m 644 "$file" "$stage/usr/lib/systemd/system/"; fi
done
install -m 644 "$copy"/packaging/systemd/*.conf "$copy"/packaging/monitoring/* "$documents/examples/"
install -m 644 "$copy/packaging/debian/congkhai.ini" "$stage/etc/congkhai/congkhai.ini"
export PYTHONPATH=$site PYTHONDONTWRITEBYTECODE=1
"$python" -s -c 'from congkhai.plugin.cli import main; main()' init --dir "$work/sample" --yes --no-store >/dev/null
install -m 644 "$work/sample/congkhai.ini" "$documents/examples/congkhai.ini"
"$python" -s "$copy/docs/man_pages.py" "$stage/usr/share/man"
_CONGKHAI_COMPLETE=bash_source "$python" -s -c 'import sys; sys.argv[0] = "congkhai"; from congkhai.plugin.cli import main; main()' \
  >"$stage/usr/share/bash-completion/completions/congkhai"
unset PYTHONPATH
install -m 644 "$copy/packaging/debian/copyright" "$documents/copyright"
for page in operations upgrading security dependencies; do
  if [ -e "$copy/docs/$page.md" ]; then install -m 644 "$copy/docs/$page.md" "$documents/"; fi
done
gzip -9nc "$copy/CHANGELOG.md" >"$documents/changelog.gz"
maintainer=${DEB_MAINTAINER:-congkhai <congkhai@localhost>}
printf 'congkhai (%s-1) bookworm; urgency=medium\n\n  * congkhai %s; see changelog.gz.\n\n -- %s  %s\n' \
  "$version" "$version" "$maintainer" "$(LC_ALL=C date --utc --date "@$SOURCE_DATE_EPOCH" -R)" \
  | gzip -9n >"$documents/changelog.Debian.gz"
"$tools/cyclonedx-py" environment --output-reproducible --of JSON -o "$documents/sbom.cdx.json" "$home/bin/python3"
find "$stage/usr/share/man" -type f -exec gzip -9n {} +

if grep --recursive --fixed-strings --files-with-matches "$work" "$stage"; then
  echo "these files name the folder of the build" >&2
  exit 1
fi

echo "package"
mkdir -p "$stage/DEBIAN"
for script in preinst postinst prerm postrm; do
  sed "s/@PYTHON@/$target_python/g" "$copy/packaging/debian/$script" >"$stage/DEBIAN/$script"
  chmod 755 "$stage/DEBIAN/$script"
done
echo /etc/congkhai/congkhai.ini >"$stage/DEBIAN/conffiles"
(cd "$stage" && find opt usr -type f -print0 | sort -z | xargs -0 md5sum) >"$stage/DEBIAN/md5sums"
cat >"$stage/DEBIAN/control" <<CONTROL
Package: congkhai
Version: $version-1
Architecture: $architecture
Maintainer: $maintainer
Installed-Size: $(du --summarize --apparent-size --block-size=1024 --exclude DEBIAN "$stage" | cut -f1)
Section: admin
Priority: optional
Depends: python$target_python, python3 (>= $target_python), python3 (<< 3.12), libc6 (>= 2.36), libstdc++6, adduser, util-linux, ca-certificates, tzdata, fonts-liberation2 | fonts-liberation
Recommends: tesseract-ocr, tesseract-ocr-vie, bash-completion
Suggests: postgresql, nginx | apache2, pcscd
Description: disclosure dossiers beside an agency's e-office
 congkhai pulls official documents from a Vietnamese agency's e-office, tags
 them by the disclosure list of the agency's regulation, watches the legal time
 limits, publishes, writes the minutes, has them signed, and files the complete
 disclosure dossier back. Every dossier can be verified offline.
 .
 The program brings its own Python packages in /opt/congkhai; nothing is
 downloaded at installation.
CONTROL
file=$out/congkhai_$version-1_$architecture.deb
find "$stage" -newermt "@$SOURCE_DATE_EPOCH" -exec touch --no-dereference --date "@$SOURCE_DATE_EPOCH" {} +
dpkg-deb --root-owner-group "-Z${DEB_COMPRESSION:-xz}" --build "$stage" "$file" >/dev/null
printf '%s  %s bytes  sha256 %s\n' "$file" "$(stat --format=%s "$file")" "$(sha256sum "$file" | cut -d' ' -f1)"
