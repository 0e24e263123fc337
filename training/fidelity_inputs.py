"""The 200 pictures and 200 texts that the towers are compared on, and how the reference sees a picture."""
import hashlib
import os
import shutil

import numpy as np
from PIL import Image, ImageOps

CLIP_ART = "/usr/share/openclipart/png"
SMALL, LARGE, MADE = 40, 80, 80

WHAT = ("ape zombie robot alien punk cat dog owl fox toad boat castle flower planet skull wizard astronaut dragon penguin car tree house "
        "mountain river guitar pizza clock crown ghost unicorn").split()
LOOK = ("red blue green golden pixelated tiny huge sleepy angry smiling bored neon glass wooden frozen burning striped laughing old new").split()
WITH = ["a pipe", "3D glasses", "a cowboy hat", "laser eyes", "a hoodie", "an earring", "a banana head", "two horns", "a halo", "sunglasses & a cigar",
        "nothing else", "a purple background", "wild hair", "a gold chain", "a fishing rod"]
WHERE = ["in the rain", "on the moon", "at night", "under water", "in a forest", "on a white background", "in outer space", "beside the sea"]
PHRASES = ["a {1} {0}", "{0}", "a photo of a {0}", "a {1} {0} with {2}", "pixel art of a {1} {0} with {2}, {3}", "an illustration of one {0} {3}",
           "The {1} {0}, the {1}er {0} and the {1}est {0}: {2}, {2} and {2} {3}", "{0} #{4}", "{1} & {0}", "¿un {0} {1}? Ünïcödé {0} ☕"]


def random(limit, *key):
    """A number below `limit` that depends on `key` only."""
    digest = hashlib.sha256("/".join(map(str, key)).encode()).digest()
    return int.from_bytes(digest[:8], "little") % limit


def texts():
    made = ["", "a", "monkey", "wolf, red fur, top hat", "word " * 100, "supercalifragilisticexpialidocious " * 9]
    number = 0
    while len(made) < 200:
        choose = lambda values, part: values[random(len(values), number, part)]
        text = PHRASES[number % len(PHRASES)].format(choose(WHAT, 0), choose(LOOK, 1), choose(WITH, 2), choose(WHERE, 3), random(10_000, number, 4))
        if text not in made:
            made.append(text)
        number += 1
    return made


def made(width, height, number):
    """A picture that integers below 2^32 describe, so that other languages can make it too."""
    y, x = np.mgrid[0:height, 0:width].astype(np.uint32)
    planes = []
    for channel in range(3):
        a, b, c, shift = (random(limit, "made", number, channel, part) for part, limit in enumerate((64, 64, 256, 5)))
        waves = (x * np.uint32(a) + y * np.uint32(b)) >> np.uint32(shift)
        blocks = ((x >> np.uint32(4)) * np.uint32(2_654_435_761) ^ (y >> np.uint32(4)) * np.uint32(2_246_822_519)) >> np.uint32(24)
        planes.append((waves + (blocks if number % 3 == 0 else x * y >> np.uint32(7 + shift)) + np.uint32(c)) & np.uint32(255))
    return Image.fromarray(np.stack(planes, 2).astype(np.uint8))


def made_sizes():
    """Extremes first, then sizes of all proportions."""
    sizes = [(1, 1), (1, 2), (2, 1), (1, 300), (300, 1), (2, 600), (600, 2), (7, 7), (223, 224), (224, 223), (224, 224), (225, 225), (226, 224), (227, 224),
             (224, 226), (224, 227), (448, 448), (449, 447), (800, 800), (800, 5), (5, 800), (799, 533), (533, 799), (640, 480)]
    while len(sizes) < MADE:
        sizes.append((1 + random(800, "size", len(sizes), 0), 1 + random(800, "size", len(sizes), 1)))
    return sizes


def clip_art():
    """Pictures of at most 800 pixels, which the product does not shrink: all of Pillow's modes, the small and the middling."""
    small, large = [], []
    files = []
    for folder, _, names in os.walk(CLIP_ART):
        files += [os.path.relpath(os.path.join(folder, name), CLIP_ART) for name in names if name.endswith(".png")]
    for file in sorted(files, key=lambda file: hashlib.sha256(file.encode()).digest()):
        if len(small) == SMALL and len(large) == LARGE:
            break
        with Image.open(os.path.join(CLIP_ART, file)) as picture:
            side = max(picture.size)
        if side <= 800:
            chosen, limit = (small, SMALL) if side < 256 else (large, LARGE)
            if len(chosen) < limit:
                chosen.append(file)
    return small + large


def on_white(picture):
    """Upright and opaque on white: what the product does before anything else.

    The libraries' own conversion, `convert("RGB")`, drops the transparency and shows whatever colours lie below it.
    """
    picture = ImageOps.exif_transpose(picture)
    if picture.mode == "RGB":
        return picture
    picture = picture.convert("RGBA")
    white = Image.new("RGBA", picture.size, (255, 255, 255, 255))
    white.alpha_composite(picture)
    return white.convert("RGB")


def enlarged(picture):
    """Pictures below 256 pixels are enlarged by a whole factor, as the product does."""
    side = max(picture.size)
    if side >= 256:
        return picture
    factor = -(-256 // side)
    if factor > 4:
        factor = (factor + 7) // 8 * 8
    factor = max(1, min(factor, 800 // side))
    return picture.resize((picture.width * factor, picture.height * factor), Image.Resampling.NEAREST)


def inputs():
    """What the fixture lists: files of Open Clip Art, made pictures, texts."""
    return dict(files=clip_art(), made=made_sizes(), texts=texts())


def pictures(listed):
    """The listed pictures as the product hands them to its preprocessing."""
    for file in listed["files"]:
        with Image.open(os.path.join(CLIP_ART, file)) as picture:
            yield enlarged(on_white(picture))
    for number, (width, height) in enumerate(listed["made"]):
        yield made(width, height, number)


def main():
    """Links clip art that is not among the pictures compared, for libraries that models are calibrated on."""
    import argparse

    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("count", type=int)
    arguments = parser.parse_args()
    os.makedirs(arguments.folder)
    compared, files = set(clip_art()), []
    for folder, _, names in os.walk(CLIP_ART):
        files += [os.path.relpath(os.path.join(folder, name), CLIP_ART) for name in names if name.endswith(".png")]
    for file in sorted(set(files) - compared, key=lambda file: hashlib.sha256(b"other" + file.encode()).digest())[:arguments.count]:
        shutil.copy(os.path.join(CLIP_ART, file), os.path.join(arguments.folder, file.replace("/", " ")))


if __name__ == "__main__":
    main()
