#!/usr/bin/env python3
"""Makes the pictures that tests and benchmarks fetch; the same ones for the same seed.

    make-pictures.py mix DIR [--count 600] [--minimum 1000] [--maximum 3000] [--seed 1]
    make-pictures.py formats DIR

`mix` makes pictures as the web has them: 50 % JPEG, 30 % PNG and 20 % lossy WebP, MINIMUM to MAXIMUM pixels on the
longer side, quality 75 to 92, 4:2:0, some JPEGs progressive. What they show is composed so that they compress like
photographs and illustrations do, not like flat art: a background of smooth gradients and octaves of noise (each about
half as strong as the one before, since the spectrum of natural pictures falls with the frequency), up to four pieces of
Open Clip Art, scaled and turned, and sensor noise over all of it. A third of the PNGs has no noise and few colours,
since that is what PNG is used for; the others are as detailed as the rest.

`formats` makes one small picture in each of ten formats, for damaging.

Needs Pillow, NumPy, and for `formats` pillow-heif and pillow-jxl-plugin.
"""
import argparse
import glob
import io
import multiprocessing
import os

import numpy
from PIL import Image

ART = "/usr/share/openclipart/png"


def background(random, width, height, is_flat):
    """A picture of gradients and octaves of noise, as float32 in 0...255."""
    corners = random.uniform(30, 225, (2, 2, 3)).astype(numpy.float32)
    base = Image.fromarray(corners.astype(numpy.uint8)).resize((width, height), Image.BICUBIC)
    picture = numpy.asarray(base, numpy.float32)
    if is_flat:
        return picture
    strength = random.uniform(25, 60)
    cells = 3
    while cells < max(width, height) / 2:
        shape = (max(2, cells * height // max(width, height)), max(2, cells * width // max(width, height)))
        octave = random.normal(0, strength, shape).astype(numpy.float32)
        picture = picture + numpy.asarray(Image.fromarray(octave).resize((width, height), Image.BICUBIC))[..., None]
        cells *= 2
        strength *= 0.55
    return picture


def compose(random, art, side, is_flat):
    ratio = random.choice([1, 4 / 3, 3 / 2, 16 / 9, 3 / 4, 2 / 3])
    width, height = (side, round(side / ratio)) if ratio >= 1 else (round(side * ratio), side)
    picture = Image.fromarray(numpy.clip(background(random, width, height, is_flat), 0, 255).astype(numpy.uint8))
    for path in random.choice(art, int(random.integers(1, 5))):
        piece = Image.open(path)
        if piece.width * piece.height > 20_000_000:
            continue
        piece = piece.convert("RGBA")
        length = int(side * random.uniform(0.2, 0.7))
        scale = length / max(piece.size)
        piece = piece.resize([max(1, round(edge * scale)) for edge in piece.size], Image.BICUBIC)
        piece = piece.rotate(float(random.uniform(-40, 40)), Image.BICUBIC, expand=True)
        place = [int(random.integers(0, max(1, whole - part // 2))) for whole, part in zip(picture.size, piece.size)]
        picture.paste(piece, place, piece)
    if is_flat:
        return picture.quantize(128, Image.FASTOCTREE).convert("RGB")
    pixels = numpy.asarray(picture, numpy.float32)
    noise = random.normal(0, random.uniform(1.5, 4), pixels.shape).astype(numpy.float32)
    return Image.fromarray(numpy.clip(pixels + noise, 0, 255).astype(numpy.uint8))


def make(work):
    number, arguments, art = work
    random = numpy.random.default_rng([arguments.seed, number])
    kind = ("jpg", "png", "jpg", "webp", "png", "jpg", "jpg", "webp", "png", "jpg")[number % 10]
    path = os.path.join(arguments.folder, f"{number:05}.{kind}")
    if os.path.exists(path):
        return
    side = int(random.integers(arguments.minimum, arguments.maximum + 1))
    picture = compose(random, art, side, is_flat=kind == "png" and random.random() < 1 / 3)
    quality = int(random.integers(75, 93))
    encoded = io.BytesIO()
    if kind == "jpg":
        picture.save(encoded, "JPEG", quality=quality, progressive=bool(random.random() < 0.3))
    elif kind == "png":
        picture.save(encoded, "PNG", compress_level=6)
    else:
        picture.save(encoded, "WEBP", quality=quality, method=2)
    with open(path + ".new", "wb") as file:
        file.write(encoded.getvalue())
    os.replace(path + ".new", path)


def make_mix(arguments):
    art = sorted(path for path in glob.glob(ART + "/**/*.png", recursive=True) if os.path.getsize(path) < 400_000)
    if not art:
        raise SystemExit(f"make-pictures: Open Clip Art is missing: {ART}; install openclipart-png")
    work = [(number, arguments, art) for number in range(arguments.count)]
    with multiprocessing.Pool() as pool:
        for _ in pool.imap_unordered(make, work, chunksize=4):
            pass
    names = [name for name in os.listdir(arguments.folder) if not name.endswith(".new")]
    size = sum(os.path.getsize(os.path.join(arguments.folder, name)) for name in names)
    print(f"{len(names)} pictures, {size / 1e6:.0f} MB, in {arguments.folder}")


def make_formats(arguments):
    import pillow_heif
    import pillow_jxl  # noqa: F401 (registers itself)

    pillow_heif.register_heif_opener()
    random = numpy.random.default_rng(arguments.seed)
    picture = Image.fromarray(numpy.clip(background(random, 160, 120, False), 0, 255).astype(numpy.uint8))
    formats = {
        "jpg": {"quality": 80}, "png": {}, "gif": {}, "webp": {"quality": 80}, "tif": {"compression": "tiff_lzw"},
        "bmp": {}, "avif": {"quality": 60}, "heic": {"quality": 60}, "jxl": {"quality": 80},
    }
    for kind, options in formats.items():
        small = picture.quantize(64) if kind in ("gif", "png", "bmp", "tif") else picture
        small.save(os.path.join(arguments.folder, f"sample.{kind}"), **options)
    stripes = "".join(
        f'<rect y="{y}" width="160" height="8" fill="hsl({y * 3},70%,50%)"/>' for y in range(0, 120, 8))
    with open(os.path.join(arguments.folder, "sample.svg"), "w") as file:
        file.write(f'<svg xmlns="http://www.w3.org/2000/svg" width="160" height="120">{stripes}</svg>\n')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("mix", "formats"))
    parser.add_argument("folder")
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--minimum", type=int, default=1000)
    parser.add_argument("--maximum", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    os.makedirs(arguments.folder, exist_ok=True)
    if arguments.what == "mix":
        make_mix(arguments)
    else:
        make_formats(arguments)


if __name__ == "__main__":
    main()
