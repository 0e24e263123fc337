#!/usr/bin/env python3
"""What img2dataset does with each picture (OpenCV: decode, area interpolation, JPEG), in one process, timed by format.

    shrink_peer.py FOLDER

The longest side becomes at most 800 pixels, JPEG quality 82, one thread. Prints JSON: milliseconds of processor time a
picture by format, and pictures a processor second. Needs opencv-python-headless.
"""
import json
import sys
import time
from collections import defaultdict
from pathlib import Path

import cv2
import numpy


def shrink(data: bytes) -> bytes:
    image = cv2.imdecode(numpy.frombuffer(data, numpy.uint8), cv2.IMREAD_UNCHANGED)
    if image.ndim == 3 and image.shape[-1] == 4:
        alpha = image[:, :, 3, numpy.newaxis]
        image = alpha / 255 * image[..., :3] + 255 - alpha
        image = numpy.rint(image.clip(min=0, max=255)).astype(numpy.uint8)
    height, width = image.shape[:2]
    if max(width, height) > 800:
        scale = 800 / max(width, height)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 82])[1].tobytes()


def main() -> None:
    cv2.setNumThreads(1)
    files = sorted(path for path in Path(sys.argv[1]).iterdir() if path.is_file())
    contents = [(path.suffix[1:].replace("jpeg", "jpg"), path.read_bytes()) for path in files]
    shrink(contents[0][1])
    seconds, counts, size = defaultdict(float), defaultdict(int), 0
    for kind, data in contents:
        start = time.process_time()
        size += len(shrink(data))
        seconds[kind] += time.process_time() - start
        counts[kind] += 1
    total = sum(seconds.values())
    print(
        json.dumps(
            {
                "pictures": len(contents),
                "encoded_bytes": size,
                "cpu_seconds": round(total, 3),
                "pictures_per_cpu_second": round(len(contents) / total, 2),
                "cpu_ms_by_format": {kind: round(1000 * seconds[kind] / counts[kind], 2) for kind in sorted(seconds)},
                "opencv": cv2.__version__,
            }
        )
    )


if __name__ == "__main__":
    main()
