#!/usr/bin/env python3
"""Makes the pictures that shrinking is measured with: 1000 to 3000 pixels, JPEG, PNG and lossy WebP in equal numbers.

    shrink_corpus.py OUTPUT [COUNT] [SOURCE]

SOURCE (default: Open Clip Art's PNG files) is scaled up, laid over soft coloured light and given grain, so that the
pictures have the detail of photographs and compress like them; every third PNG stays flat art with transparency, as most
NFTs in that format are. The same COUNT gives the same pictures. Needs Pillow and numpy.
"""
import random
import sys
from pathlib import Path

import numpy
from PIL import Image


def light(generator: numpy.random.Generator, width: int, height: int) -> numpy.ndarray:
    small = generator.uniform(30, 225, (5, 5, 3)).astype(numpy.uint8)
    return numpy.asarray(Image.fromarray(small).resize((width, height), Image.BICUBIC), dtype=numpy.float32)


def grain(generator: numpy.random.Generator, width: int, height: int) -> numpy.ndarray:
    fine = generator.normal(0, 5, (height, width, 1)).astype(numpy.float32)
    coarse = generator.normal(0, 14, (height // 4 + 1, width // 4 + 1)).astype(numpy.float32)
    coarse = numpy.asarray(Image.fromarray(coarse).resize((width, height), Image.BICUBIC))[:, :, None]
    return fine + coarse


def main() -> None:
    output = Path(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 60
    source = Path(sys.argv[3]) if len(sys.argv) > 3 else Path("/usr/share/openclipart/png")
    files = sorted(source.rglob("*.png"))
    random.Random(1).shuffle(files)
    output.mkdir(parents=True, exist_ok=True)
    made = 0
    for file in files:
        if made == count:
            break
        generator = numpy.random.default_rng(made)
        try:
            art = Image.open(file).convert("RGBA")
        except (OSError, ValueError, Image.DecompressionBombError):
            continue
        longest = int(generator.integers(1000, 3001))
        scale = longest / max(art.size)
        width, height = (max(200, round(side * scale)) for side in art.size)
        art = art.resize((width, height), Image.LANCZOS)
        kind = ("jpg", "png", "webp")[made % 3]
        path = output / f"{made:04}.{kind}"
        if kind == "png" and made % 9 == 1:
            art.save(path, compress_level=6)
        else:
            alpha = numpy.asarray(art, dtype=numpy.float32)[:, :, 3:] / 255
            colours = numpy.asarray(art, dtype=numpy.float32)[:, :, :3]
            mixed = colours * alpha + light(generator, width, height) * (1 - alpha) + grain(generator, width, height)
            picture = Image.fromarray(mixed.clip(0, 255).astype(numpy.uint8))
            if kind == "jpg":
                picture.save(path, quality=int(generator.integers(80, 96)), progressive=made % 6 == 0)
            elif kind == "png":
                picture.save(path, compress_level=6)
            else:
                picture.save(path, quality=int(generator.integers(75, 91)), method=4)
        made += 1
    print(f"{made} pictures in {output}")


if __name__ == "__main__":
    main()
