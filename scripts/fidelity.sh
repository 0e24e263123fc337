#!/usr/bin/env bash
# Compares nftopia with the reference libraries: preprocessing on 200 files, towers on 200 pictures and 200 texts in f32,
# bf16 and int8. Makes the reference models first (4 GB under .deps/models) and quantises them with `nftopia model
# quantize` on libraries of clip art. MODELS chooses among them.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/reference-tools.sh
scripts/quantize-tools.sh
readonly models=.deps/models
readonly names=(${MODELS:-vit-b-32-random vit-b-32-random-openclip vit-l-14-random})
readonly bin=$(swift build -c release --show-bin-path)
readonly python=.deps/reference/bin/python
work=$(mktemp -d "${TMPDIR:-/tmp}/nftopia-fidelity.XXXXXX")
trap 'rm -rf "$work"' EXIT

"$python" training/reference_model.py "${names[@]}" --out "$models"

# A library of clip art that is not among the 200 pictures compared.
"$python" training/fidelity_inputs.py "$work/pictures" 150
for name in "${names[@]}"; do
    [ -e "$models/$name-int8/quantization.json" ] && continue
    rm -rf "$work/library" "$models/$name-int8"
    export NFTOPIA_LIBRARY=$work/library
    "$bin/nftopia" collect folder "$work/pictures" --collection pictures --quiet
    "$bin/nftopia" ingest --model "$models/$name" --quiet
    # Neighbours among vectors of random weights say little: the comparison below judges.
    "$bin/nftopia" model quantize --pictures 100 --trial 50 --threshold 0
    mv "$work/library/models/$name-int8" "$models/"
done

for name in "${names[@]}"; do
    # Of the same layout and size as ViT-B/32.
    [ "$name" = vit-l-14-random ] && continue
    "$python" training/fidelity_preprocessing.py --nftopia "$bin/nftopia" --model "$models/$name"
done
NFTOPIA_FIDELITY_MODELS=$PWD/$models NFTOPIA_FIDELITY_NAMES="${names[*]}" \
    swift test --skip-build --no-parallel --filter FidelityTests 2>&1 | tee "$work/log" | grep -E '^(fidelity|✘)' || true
grep -q '^✔ Test run' "$work/log" || {
    echo 'fidelity: failed' >&2
    exit 1
}
