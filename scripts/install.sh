#!/bin/sh
# Installs lanvid for the user who runs this, on Linux (glibc) and macOS, x64 and arm64.
#   sh install.sh --from URL [--to FOLDER]
# URL is a folder with SHA256SUMS and the archives, FOLDER where the program goes (default: ~/.local/bin).
# Nothing is installed unless the archive is the one that SHA256SUMS names.
set -eu

fail() {
  echo "lanvid: error: $1" >&2
  echo "lanvid: hint: $2" >&2
  exit "${3:-1}"
}

from=
to="${HOME:-}/.local/bin"
while [ $# -gt 0 ]; do
  case "$1" in
    --from | --to)
      [ $# -ge 2 ] || fail "option $1 has no value" "run: sh install.sh --from URL [--to FOLDER]" 2
      if [ "$1" = --from ]; then from=${2%/}; else to=$2; fi
      shift 2
      ;;
    *) fail "unknown option \"$1\"" "run: sh install.sh --from URL [--to FOLDER]" 2 ;;
  esac
done
[ -n "$from" ] || fail "cannot install: no address is given" "run: sh install.sh --from URL [--to FOLDER]" 2

case "$(uname -s)" in
  Linux) os=linux ;;
  Darwin) os=macos ;;
  *) fail "there is no lanvid for $(uname -s)" "on Windows unpack the .zip; elsewhere run it from its sources" ;;
esac
case "$(uname -m)" in
  x86_64 | amd64) arch=x64 ;;
  aarch64 | arm64) arch=arm64 ;;
  *) fail "there is no lanvid for the processor $(uname -m)" "run it from its sources" ;;
esac

if command -v curl >/dev/null; then
  fetch() { curl -fsSL -o "$2" "$1"; }
elif command -v wget >/dev/null; then
  fetch() { wget -q -O "$2" "$1"; }
else
  fail "cannot download: there is neither curl nor wget" "install one of them"
fi
if command -v sha256sum >/dev/null; then
  sum() { sha256sum "$1" | cut -d ' ' -f 1; }
elif command -v shasum >/dev/null; then
  sum() { shasum -a 256 "$1" | cut -d ' ' -f 1; }
else
  fail "cannot check the download: there is neither sha256sum nor shasum" "install one of them"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

fetch "$from/SHA256SUMS" "$work/SHA256SUMS" ||
  fail "cannot download $from/SHA256SUMS" "check the address and the connection"
line=$(grep -E "^[0-9a-f]{64}  lanvid-[0-9A-Za-z.+-]+-$os-$arch\.tar\.gz\$" "$work/SHA256SUMS" | head -n 1) ||
  fail "cannot find a checksum for $os-$arch in $from/SHA256SUMS" "nothing was installed; ask whoever published it"
wanted=${line%% *}
archive=${line##* }
[ -n "$archive" ] ||
  fail "cannot find a checksum for $os-$arch in $from/SHA256SUMS" "nothing was installed; ask whoever published it"
fetch "$from/$archive" "$work/$archive" ||
  fail "cannot download $from/$archive" "check the address and the connection"
got=$(sum "$work/$archive")
[ "$got" = "$wanted" ] ||
  fail "$archive has the checksum $got, it must be $wanted" "nothing was installed; download it again"

tar -xzf "$work/$archive" -C "$work"
mkdir -p "$to" || fail "cannot make the folder $to" "name another one with --to FOLDER"
# A program that runs can't be written over, but another can take its name.
cp "$work/${archive%.tar.gz}/lanvid" "$to/.lanvid-$$" && chmod 755 "$to/.lanvid-$$" && mv -f "$to/.lanvid-$$" "$to/lanvid" || {
  rm -f "$to/.lanvid-$$"
  fail "cannot write $to/lanvid" "name another folder with --to FOLDER"
}
echo "$to/lanvid: $("$to/lanvid" --version)"
case ":$PATH:" in
  *":$to:"*) ;;
  *) echo "lanvid: hint: put $to on your PATH" >&2 ;;
esac
