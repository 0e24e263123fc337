"""Writes the reference for preprocessing: the golden pictures as raw RGB, and resizes that Pillow computed.

pip install pillow==13.0.0
python training/pixel_fixture.py --model Models/starter --out Tests/CLIPTests/Fixtures
"""
import argparse
import hashlib
import json
import os

from PIL import Image

# width, height, shortest edge, crop width, crop height; pictures smaller than the crop are padded with zeros.
CASES = [
    (1, 1, 96, 96, 96), (1, 2, 96, 96, 96), (2, 1, 96, 96, 96), (3, 5, 96, 96, 96), (400, 400, 96, 96, 96), (401, 399, 96, 96, 96), (399, 401, 96, 96, 96),
    (96, 96, 96, 96, 96), (97, 96, 96, 96, 96), (95, 97, 96, 96, 96), (192, 192, 96, 96, 96), (800, 533, 96, 96, 96), (533, 800, 96, 96, 96),
    (4000, 7, 96, 96, 96), (7, 4000, 96, 96, 96), (2000, 1, 96, 96, 96), (1, 2000, 96, 96, 96), (640, 480, 224, 224, 224), (224, 300, 224, 224, 224),
    (37, 53, 224, 224, 224), (1000, 999, 224, 224, 224), (50, 80, 60, 96, 96), (80, 50, 61, 97, 95), (333, 100, 50, 64, 48), (131, 77, 7, 5, 7), (513, 257, 33, 1, 1),
]


def pattern(width, height):
    """Noise that both languages can make: a 32-bit linear congruential generator, the top byte of each step."""
    state, values = (width * 65_537 + height) & 0xFFFF_FFFF, bytearray()
    for _ in range(3 * width * height):
        state = (state * 1_664_525 + 1_013_904_223) & 0xFFFF_FFFF
        values.append(state >> 24)
    return Image.frombytes("RGB", (width, height), bytes(values))


def reference(picture, edge, crop_width, crop_height, resample):
    """Hugging Face's CLIPImageProcessor up to the crop: shortest edge, long edge truncated, zeros where it is too small."""
    width, height = picture.size
    size = (edge, int(edge * height / width)) if width <= height else (int(edge * width / height), edge)
    picture = picture.resize(size, resample)
    top, left = (picture.height - crop_height) // 2, (picture.width - crop_width) // 2
    pad_top, pad_left = max(-top, 0), max(-left, 0)
    top, left = max(top, 0), max(left, 0)
    part = picture.crop((left, top, min(left + crop_width, picture.width), min(top + crop_height, picture.height)))
    canvas = Image.new("RGB", (crop_width, crop_height))
    canvas.paste(part, (pad_left, pad_top))
    return hashlib.sha256(canvas.tobytes()).hexdigest()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--out", required=True)
    arguments = parser.parse_args()
    rows = []
    for width, height, edge, crop_width, crop_height in CASES:
        for name, resample in (("bilinear", Image.Resampling.BILINEAR), ("bicubic", Image.Resampling.BICUBIC)):
            rows.append(dict(width=width, height=height, edge=edge, cropWidth=crop_width, cropHeight=crop_height, filter=name,
                             sha256=reference(pattern(width, height), edge, crop_width, crop_height, resample)))
    with open(os.path.join(arguments.out, "resize.json"), "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")

    folder = os.path.join(arguments.model, "golden")
    for name in sorted(os.listdir(folder)):
        picture = Image.open(os.path.join(folder, name)).convert("RGBA")
        white = Image.new("RGBA", picture.size, (255, 255, 255, 255))
        white.alpha_composite(picture)
        # Runs of equal pixels, so that the files stay small: count - 1, R, G, B.
        data, runs = white.convert("RGB").tobytes(), bytearray(picture.width.to_bytes(2, "little") + picture.height.to_bytes(2, "little"))
        pixels = [data[i:i + 3] for i in range(0, len(data), 3)]
        start = 0
        while start < len(pixels):
            end = start
            while end < len(pixels) and end - start < 256 and pixels[end] == pixels[start]:
                end += 1
            runs += bytes([end - start - 1]) + pixels[start]
            start = end
        with open(os.path.join(arguments.out, name.replace(".png", ".runs")), "wb") as file:
            file.write(runs)


if __name__ == "__main__":
    main()
