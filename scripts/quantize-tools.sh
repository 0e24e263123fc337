#!/usr/bin/env bash
# Installs what `nftopia model quantize` needs into an environment of its own, .deps/quantize: OpenVINO's Python package
# and NNCF, 530 MB.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly stamp=.deps/quantize/.tools-1
[ -e "$stamp" ] && exit 0
echo 'installing OpenVINO and NNCF under .deps/quantize'
python3 -m venv .deps/quantize
pip() { .deps/quantize/bin/python -m pip --disable-pip-version-check "$@" --quiet; }
pip install openvino==2026.4.1 nncf==3.4.0 numpy==2.4.6
# It reports what is done with both libraries to their maker.
pip uninstall --yes openvino-telemetry
.deps/quantize/bin/python -c 'import nncf, openvino'
touch "$stamp"
