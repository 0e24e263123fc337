#!/usr/bin/env bash
# Installs the reference that fidelity is judged by into an environment of its own, .deps/reference: PyTorch on the CPU,
# transformers, open_clip, torchvision, Pillow, ONNX and ONNX Runtime.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly stamp=.deps/reference/.tools-1
[ -e "$stamp" ] && exit 0
echo 'installing PyTorch, transformers, open_clip and torchvision under .deps/reference'
python3 -m venv .deps/reference
pip() { .deps/reference/bin/python -m pip install --quiet --disable-pip-version-check "$@"; }
# The index's build of PyTorch brings 3 GB for graphics cards; one for the CPU is taken where pip knows of it
# (PIP_FIND_LINKS, PIP_EXTRA_INDEX_URL).
pip torch==2.13.0
# Without dependencies, which would exchange PyTorch for another build.
pip --no-deps torchvision==0.28.0 open_clip_torch==3.3.0 timm==1.0.31
pip transformers==4.57.6 tokenizers==0.22.2 ftfy==6.3.1 regex==2026.11.15 tqdm safetensors==0.8.0 \
    pillow==13.0.0 numpy==2.4.6 onnx==1.20.1 onnxruntime==1.24.4
# torchvision's compiled operators are built for graphics cards and do not load beside PyTorch for the CPU. Nothing here
# needs them, but their names are declared on import.
sed -i '/^@torch.library.register_fake("torchvision::q\{0,1\}nms")$/d' \
    .deps/reference/lib/python3*/site-packages/torchvision/_meta_registrations.py
.deps/reference/bin/python -c 'import onnx, onnxruntime, open_clip, torch, torchvision, transformers'
touch "$stamp" .deps/reference/.ready
