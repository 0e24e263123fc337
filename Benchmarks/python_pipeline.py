#!/usr/bin/env python3
"""The peer of `nftopia ingest`: the usual Python pipeline over the same folder and the same model.

Pillow decodes, flattens on white, shrinks to 800 pixels and writes a JPEG; the image tower runs in ONNX Runtime (f32,
batches of 16), one process a core with one thread each; vectors go into one float16 file. No catalog, no checksums, no
resuming. Pictures of more than 100 million pixels are left out, as `nftopia ingest` does by default.

    python_pipeline.py FOLDER OUTPUT [--processes 2]
"""
import argparse
import hashlib
import io
import multiprocessing
import os
import time

import numpy
import onnxruntime
from PIL import Image

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SUFFIXES = (".png", ".jpg", ".jpeg", ".gif", ".webp")
BATCH = 16
Image.MAX_IMAGE_PIXELS = None


def upright_on_white(path):
    picture = Image.open(path)
    if picture.width * picture.height > 100_000_000:
        return None
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, (255, 255, 255, 255))
        white.alpha_composite(picture)
        picture = white
    picture = picture.convert("RGB")
    if max(picture.size) < 256:
        factor = -(-256 // max(picture.size))
        picture = picture.resize((picture.width * factor, picture.height * factor), Image.NEAREST)
    picture.thumbnail((800, 800), Image.LANCZOS)
    return picture


def tensor(picture, side=96):
    scale = side / min(picture.size)
    size = [max(side, int(length * scale)) for length in picture.size]
    picture = picture.resize(size, Image.BICUBIC)
    left, top = (size[0] - side) // 2, (size[1] - side) // 2
    picture = picture.crop((left, top, left + side, top + side))
    return ((numpy.asarray(picture, numpy.float32) / 255 - 0.5) / 0.5).transpose(2, 0, 1)


def run(work):
    paths, output = work
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        os.path.join(ROOT, "Models/starter/onnx/vision_model.onnx"), options, providers=["CPUExecutionProvider"])
    vectors, waiting, failed = [], [], 0

    def embed():
        if waiting:
            vectors.append(session.run(None, {"pixel_values": numpy.stack(waiting)})[0])
            waiting.clear()

    for path in paths:
        try:
            picture = upright_on_white(path)
        except OSError:
            picture = None
        if picture is None:
            failed += 1
            continue
        encoded = io.BytesIO()
        picture.save(encoded, "JPEG", quality=82)
        name = hashlib.sha256(encoded.getvalue()).hexdigest()
        folder = os.path.join(output, name[:2], name[2:4])
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, name + ".jpg"), "wb") as file:
            file.write(encoded.getvalue())
        waiting.append(tensor(picture))
        if len(waiting) == BATCH:
            embed()
    embed()
    all_vectors = numpy.concatenate(vectors)
    all_vectors /= numpy.linalg.norm(all_vectors, axis=1, keepdims=True)
    all_vectors.astype(numpy.float16).tofile(os.path.join(output, f"vectors-{os.getpid()}.f16"))
    return len(all_vectors), failed


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("output")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    start = time.perf_counter()
    paths = sorted(
        os.path.join(folder, name) for folder, _, names in os.walk(arguments.folder) for name in names
        if name.lower().endswith(SUFFIXES))
    os.makedirs(arguments.output, exist_ok=True)
    # Small shares, so that no process is left with the large pictures.
    shares = [(paths[i::64], arguments.output) for i in range(64)]
    with multiprocessing.Pool(arguments.processes) as pool:
        results = pool.map(run, shares, chunksize=1)
    seconds = time.perf_counter() - start
    done = sum(count for count, _ in results)
    print(f"{done} pictures in {seconds:.1f} s ({done / seconds:.0f}/s), {sum(f for _, f in results)} failed")


if __name__ == "__main__":
    main()
