"""Writes hashes of pictures as open_clip resizes, crops and fills them, for Tests/CLIPTests: every resize mode, odd sizes.

Run with the environment that scripts/reference-tools.sh sets up (open_clip_torch 3.3.0, torchvision, Pillow):
python training/open_clip_pixels.py --out Tests/CLIPTests/Fixtures/open-clip-pixels.json
"""
import argparse
import hashlib
import json

from open_clip.transform import image_transform
from PIL import Image

SIZES = [(1, 1), (2, 3), (3, 50), (50, 3), (37, 37), (40, 41), (41, 40), (43, 40), (57, 31), (31, 59), (64, 48), (100, 33), (33, 101), (130, 97)]
CASES = [
    (mode, size, interpolation, fill)
    for mode in ("shortest", "longest", "squash")
    for size, interpolation, fill in ((32, "bicubic", 0), (33, "bilinear", 0), (40, "random", 127), ([24, 40], "bicubic", 255), ([41, 24], "bilinear", 9))
]


def noise(width, height):
    state = (width * 65537 + height) & 0xFFFFFFFF
    pixels = bytearray()
    for _ in range(3 * width * height):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        pixels.append(state >> 24)
    return Image.frombytes("RGB", (width, height), bytes(pixels))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    out = parser.parse_args().out
    rows = []
    for width, height in SIZES:
        picture = noise(width, height)
        for mode, size, interpolation, fill in CASES:
            size = tuple(size) if isinstance(size, list) else size
            transform = image_transform(size, False, mean=(0, 0, 0), std=(1, 1, 1), resize_mode=mode, interpolation=interpolation, fill_color=fill)
            result = picture
            try:
                for step in transform.transforms[:-2]:  # all but the tensor and its scaling
                    result = step(result)
            except ValueError:
                continue  # a side of no pixels, which open_clip cannot make
            digest = hashlib.sha256(result.tobytes()).hexdigest()[:16]
            rows.append({"w": width, "h": height, "mode": mode, "size": size, "interpolation": interpolation, "fill": fill, "sha256": digest})
    with open(out, "w") as file:
        file.write("[" + ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows) + "]\n")
    print(len(rows))


if __name__ == "__main__":
    main()
