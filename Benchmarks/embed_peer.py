#!/usr/bin/env python3
"""The peer of `nftopia bench embed` and `nftopia bench text`: ONNX Runtime in f32, and Pillow in front of it.

    embed_peer.py MODEL                   the image tower alone: batches of 1, 8 and 32, one thread a core
    embed_peer.py MODEL --images FOLDER   also stored pictures end to end: two processes with one thread each, and two
                                          threads in front of one session; the better one counts
    embed_peer.py MODEL --text            the text tower on texts of 8, 16, 32 tokens and the longest, and padded as usual
    embed_peer.py --store FROM TO         makes stored pictures: at most 800 pixels a side, JPEG of quality 82
    embed_peer.py --matmul                numpy's f32 matrix product, 10^9 operations a second over all cores

Prints JSON.
"""
import argparse
import concurrent.futures
import json
import multiprocessing
import os
import statistics
import sys
import time

import numpy

CORES = os.cpu_count() or 1


def session(model, graph, threads):
    import onnxruntime

    onnxruntime.set_default_logger_severity(3)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(os.path.join(model, "onnx", graph), options, providers=["CPUExecutionProvider"])


def best_rate(run, items, seconds):
    run()
    best, stop = 0.0, time.perf_counter() + seconds
    while time.perf_counter() < stop:
        start = time.perf_counter()
        run()
        best = max(best, items / (time.perf_counter() - start))
    return best


class Preprocessing:
    """Resize, centre crop and normalisation as preprocessor_config.json says."""

    def __init__(self, model):
        with open(os.path.join(model, "preprocessor_config.json")) as file:
            settings = json.load(file)
        size, crop = settings["size"], settings.get("crop_size", settings["size"])
        self.edge = size["shortest_edge"] if isinstance(size, dict) else size
        self.side = crop["height"] if isinstance(crop, dict) else crop
        self.mean = numpy.asarray(settings["image_mean"], numpy.float32)
        self.deviation = numpy.asarray(settings["image_std"], numpy.float32)

    def __call__(self, path):
        from PIL import Image

        picture = Image.open(path).convert("RGB")
        scale = self.edge / min(picture.size)
        picture = picture.resize([max(self.edge, int(side * scale)) for side in picture.size], Image.BICUBIC)
        left, top = (picture.width - self.side) // 2, (picture.height - self.side) // 2
        picture = picture.crop((left, top, left + self.side, top + self.side))
        floats = numpy.asarray(picture, numpy.float32) / 255
        return ((floats - self.mean) / self.deviation).transpose(2, 0, 1)


def work_alone(arguments):
    """One process of several: its share of the pictures for a while, after a first batch that is not counted."""
    model, paths, batch, seconds, ready = arguments
    preprocessing, run = Preprocessing(model), session(model, "vision_model.onnx", 1)

    def embed(start):
        tensors = numpy.stack([preprocessing(paths[(start + i) % len(paths)]) for i in range(batch)])
        run.run(None, {"pixel_values": tensors})

    embed(0)
    time.sleep(max(0.0, ready - time.time()))
    done, begun = 0, time.perf_counter()
    while time.perf_counter() - begun < seconds:
        embed(done)
        done += batch
    return done / (time.perf_counter() - begun)


def end_to_end(model, paths, batch, seconds):
    ready = time.time() + 12
    with multiprocessing.get_context("spawn").Pool(CORES) as pool:
        processes = sum(pool.map(work_alone, [(model, paths[i::CORES], batch, seconds, ready) for i in range(CORES)]))
    preprocessing, run = Preprocessing(model), session(model, "vision_model.onnx", CORES)
    with concurrent.futures.ThreadPoolExecutor(CORES) as threads:
        def prepare(start):
            return [threads.submit(preprocessing, paths[(start + i) % len(paths)]) for i in range(batch)]

        done, waiting, begun = 0, prepare(0), None
        while begun is None or time.perf_counter() - begun < seconds:
            tensors = numpy.stack([future.result() for future in waiting])
            waiting = prepare(done + batch)
            run.run(None, {"pixel_values": tensors})
            if begun is None:
                begun = time.perf_counter()
            else:
                done += batch
        in_threads = done / (time.perf_counter() - begun)
        for future in waiting:
            future.result()
    return {"processes": processes, "threads": in_threads, "best": max(processes, in_threads)}


def image_tower(model, seconds):
    run, side = session(model, "vision_model.onnx", CORES), Preprocessing(model).side
    pictures = numpy.random.default_rng(1).standard_normal((32, 3, side, side)).astype(numpy.float32)
    return {
        batch: best_rate(lambda: run.run(None, {"pixel_values": pictures[:batch]}), batch, seconds)
        for batch in (1, 8, 32)
    }


def text_tower(model, count):
    with open(os.path.join(model, "config.json")) as file:
        settings = json.load(file).get("text_config", {})
    end = settings.get("vocab_size", 49408) - 1
    context = settings.get("max_position_embeddings", 77)
    rows = []
    for threads in sorted({1, CORES}):
        run = session(model, "text_model.onnx", threads)
        for length in sorted({length for length in (8, 16, 32, context) if length <= context}):
            inputs = {}
            for graph_input in run.get_inputs():
                values = numpy.full((1, length), 1 if graph_input.name == "attention_mask" else end)
                inputs[graph_input.name] = values.astype(numpy.int32 if "int32" in graph_input.type else numpy.int64)
            times = []
            for trial in range(count + 3):
                start = time.perf_counter()
                run.run(None, inputs)
                times.append((time.perf_counter() - start) * 1000)
            times = sorted(times[3:])
            rows.append({
                "threads": threads, "tokens": length, "p50_ms": statistics.median(times),
                "p99_ms": times[min(len(times) - 1, len(times) * 99 // 100)],
            })
    return rows


def store(source, target):
    from PIL import Image

    os.makedirs(target, exist_ok=True)
    for number, name in enumerate(sorted(os.listdir(source))):
        picture = Image.open(os.path.join(source, name)).convert("RGB")
        picture.thumbnail((800, 800), Image.LANCZOS)
        picture.save(os.path.join(target, f"{number:04}.jpg"), "JPEG", quality=82)


def matmul():
    a = numpy.random.default_rng(1).standard_normal((2048, 2048)).astype(numpy.float32)
    return best_rate(lambda: a @ a, 2 * 2048**3 / 1e9, 2)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?")
    parser.add_argument("--images")
    parser.add_argument("--text", action="store_true")
    parser.add_argument("--store", nargs=2, metavar=("FROM", "TO"))
    parser.add_argument("--matmul", action="store_true")
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--count", type=int, default=200)
    arguments = parser.parse_args()
    if arguments.store:
        return store(*arguments.store)
    if arguments.matmul:
        return print(json.dumps({"f32_gflops": matmul()}))
    if not arguments.model:
        sys.exit("embed_peer.py: name a model folder")
    if arguments.text:
        return print(json.dumps({"texts": text_tower(arguments.model, arguments.count)}))
    report = {"tower": image_tower(arguments.model, arguments.seconds)}
    if arguments.images:
        paths = [os.path.join(arguments.images, name) for name in sorted(os.listdir(arguments.images))]
        best = max(report["tower"], key=report["tower"].get)
        report["end_to_end"] = end_to_end(arguments.model, paths, min(best, 8), arguments.seconds)
    print(json.dumps(report))


if __name__ == "__main__":
    main()
