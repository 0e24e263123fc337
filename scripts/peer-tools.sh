#!/usr/bin/env bash
# Installs what makes pictures and the peer of fetching into an environment of its own, .deps/peers/fetch.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly stamp=.deps/peers/fetch/.img2dataset-1.47.0
[ -e "$stamp" ] && exit 0
echo 'installing Pillow, NumPy and img2dataset 1.47.0 under .deps/peers/fetch'
python3 -m venv .deps/peers/fetch
.deps/peers/fetch/bin/python -m pip install --quiet --disable-pip-version-check \
    img2dataset==1.47.0 albumentations==1.4.24 opencv-python-headless==4.14.0.94 \
    pillow==13.0.0 pillow-heif==1.8.1 pillow-jxl-plugin==1.3.8 numpy==2.4.6
touch "$stamp"
