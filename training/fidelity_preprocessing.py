"""Compares what nftopia's image tower is given with what the reference libraries give theirs, on 200 files of all kinds.

.deps/reference/bin/python training/fidelity_preprocessing.py --nftopia .build/release/nftopia --model .deps/models/vit-b-32-random

The reference is transformers' CLIPImageProcessor, or open_clip's image_transform for a model in that layout. Both get the
picture upright, on white and, below 256 pixels, enlarged by a whole factor, as the product does before it looks. Exits
with 1 when a difference is larger than 2/255, or larger than 0.1/255 on average.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image

import fidelity_inputs
from fidelity_inputs import CLIP_ART, enlarged, made, on_white, random

MOST, MOST_ON_AVERAGE = 2.0, 0.1


def size(number):
    return 1 + random(800, "pixels", number, 0), 1 + random(800, "pixels", number, 1)


def picture(number):
    """Noise for every fifth, else drawn things, so that edges and flat areas are there too."""
    width, height = size(number)
    if number % 5 == 0:
        return made(width, height, number)
    files = picture.files
    with Image.open(os.path.join(CLIP_ART, files[number % len(files)])) as drawn:
        return on_white(drawn).resize((width, height), Image.Resampling.LANCZOS)


def with_alpha(number):
    drawn = picture(number).convert("RGBA")
    y, x = np.mgrid[0:drawn.height, 0:drawn.width]
    drawn.putalpha(Image.fromarray(((x * 3 + y * 5) % 256).astype(np.uint8)))
    return drawn


def files(folder):
    """Writes the pictures; yields kind, path and the pixels that they show, as PIL reads them."""
    picture.files = fidelity_inputs.clip_art()
    number = 0

    def save(kind, drawn, extension, shown=None, **options):
        nonlocal number
        path = os.path.join(folder, f"{number:03d}.{extension}")
        drawn.save(path, **options)
        number += 1
        return kind, path, shown

    for width, height in fidelity_inputs.made_sizes()[:24] + [(800, 1), (1, 800), (3, 799), (255, 256), (256, 255), (257, 800)]:
        yield save("PNG, extreme sizes", made(width, height, number), "png")
    for _ in range(40):
        yield save("PNG, RGB", picture(number), "png")
    for index in range(15):
        yield save("PNG, palette", picture(number).quantize(2 + 16 * index), "png")
    for _ in range(10):
        yield save("PNG, palette with transparency", with_alpha(number).quantize(64), "png")
    for _ in range(15):
        yield save("PNG, transparency", with_alpha(number), "png")
    for _ in range(8):
        yield save("PNG, grey with transparency", with_alpha(number).convert("LA"), "png")
    for index in range(10):
        yield save("PNG, grey", picture(number).convert("1" if index % 3 == 2 else "L"), "png")
    for _ in range(10):
        grey = np.asarray(picture(number).convert("L")).astype(np.uint16)
        low = np.asarray(made(grey.shape[1], grey.shape[0], number).convert("L")).astype(np.uint16)
        # Pillow has no conversion of 16 bits that shows the picture; its high bytes do.
        yield save("PNG, 16 bits", Image.fromarray(grey << 8 | low), "png", Image.fromarray(grey.astype(np.uint8)).convert("RGB"))
    for index in range(24):
        exif = Image.Exif()
        exif[0x0112] = 1 + index % 8
        yield save("JPEG, EXIF orientations", picture(number), "jpg", exif=exif, quality=90, subsampling=index % 3)
    for index in range(16):
        yield save("JPEG", picture(number), "jpg", quality=60 + 2 * index, progressive=index % 2 == 1, subsampling=index % 3)
    for _ in range(6):
        yield save("JPEG, grey", picture(number).convert("L"), "jpg", quality=85)
    for _ in range(8):
        yield save("WebP, lossless", picture(number), "webp", lossless=True)
    for _ in range(8):
        yield save("GIF", picture(number), "gif")


def files_apart(folder):
    """What the libraries and the product show differently, on purpose or for want of a colour profile."""
    for index in range(6):
        path = os.path.join(folder, f"cmyk-{index}.jpg")
        picture(index + 1).convert("CMYK").save(path, quality=95)
        yield "JPEG, CMYK without a profile", path, None
    for index in range(20):
        path = os.path.join(folder, f"large-{index}.png")
        width, height = size(index)
        picture(index + 1).resize((width + 801, height + 801), Image.Resampling.BICUBIC).save(path)
        yield "larger than 800 pixels", path, None


def reference_of(model):
    if os.path.exists(os.path.join(model, "visual")):
        import open_clip
        from open_clip.transform import PreprocessCfg, image_transform_v2

        with open(os.path.join(model, "visual/preprocess_cfg.json")) as file:
            cfg = json.load(file)
        transform = image_transform_v2(PreprocessCfg(**cfg), is_train=False)
        return "open_clip " + open_clip.__version__, (lambda shown: transform(shown).numpy()), cfg["mean"], cfg["std"]
    import transformers

    processor = transformers.CLIPImageProcessor.from_pretrained(model)
    return ("transformers " + transformers.__version__,
            lambda shown: np.asarray(processor(shown, input_data_format="channels_last")["pixel_values"][0]),
            processor.image_mean, processor.image_std)


def dump(arguments, paths, folder):
    """What the tower was given, and the vectors."""
    target = os.path.join(folder, "inputs.npy")
    command = [arguments.nftopia, "embed", "--model", arguments.model, "--dump-input", target]
    for path in paths:
        command += ["--image", path]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return np.load(target), np.array([entry["embedding"] for entry in json.loads(answer)])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--nftopia", required=True)
    parser.add_argument("--model", required=True)
    arguments = parser.parse_args()
    name, reference, mean, std = reference_of(arguments.model)
    mean, std = (np.array(values)[:, None, None] for values in (mean, std))
    with tempfile.TemporaryDirectory() as folder:
        cases = list(files(folder))
        assert len(cases) == 200
        ours, _ = dump(arguments, [path for _, path, _ in cases], folder)
        kinds, worst, total, dropped = {}, 0, 0, 0
        for (kind, path, shown), tensor in zip(cases, ours):
            with Image.open(path) as opened:
                shown = shown or on_white(opened)
                wanted = reference(enlarged(shown))
                # What the libraries do by themselves: drop the transparency, whatever colours it hides.
                if "transparency" in kind:
                    alone = np.abs(reference(enlarged(opened.convert("RGB"))) - wanted) * std * 255
                    dropped = max(dropped, alone.mean())
            difference = np.abs(wanted - tensor) * std * 255
            kinds.setdefault(kind, []).append((difference.max(), difference.mean()))
            worst, total = max(worst, difference.max()), max(total, difference.mean())
        print(f"preprocessing beside {name}, {len(cases)} files, differences in levels of 255")
        print(f"{'':34} {'files':>5} {'highest':>8} {'mean':>8} {'highest mean':>13}")
        for kind, found in kinds.items():
            found = np.array(found)
            print(f"{kind:34} {len(found):5} {found[:, 0].max():8.3f} {found[:, 1].mean():8.4f} {found[:, 1].max():13.4f}")
        print(f"transparency dropped as the library does, not on white: mean difference up to {dropped:.1f}")
        apart = list(files_apart(folder))
        ours, vectors = dump(arguments, [path for _, path, _ in apart], folder)
        for kind in dict.fromkeys(kind for kind, _, _ in apart):
            chosen = [index for index, case in enumerate(apart) if case[0] == kind]
            differences, cosines = [], []
            for index in chosen:
                with Image.open(apart[index][1]) as opened:
                    wanted = reference(on_white(opened.convert("RGB")))
                differences.append(np.abs(wanted - ours[index]) * std * 255)
                cosines.append(cosine(arguments.model, wanted, vectors[index]))
            print(f"apart: {kind}: highest {max(d.max() for d in differences):.1f}, mean {np.mean([d.mean() for d in differences]):.3f}, "
                  f"cosine of the vectors {min(cosines):.5f} at worst, {np.mean(cosines):.5f} on average")
    if worst > MOST or total > MOST_ON_AVERAGE:
        sys.exit(f"failed: {worst:.2f}/255 at most and {total:.3f}/255 on average were found, {MOST:.0f} and {MOST_ON_AVERAGE} are allowed")


def cosine(model, tensor, vector):
    import onnxruntime

    if not hasattr(cosine, "session"):
        path = next(path for path in ("onnx/vision_model.onnx", "visual/model.onnx") if os.path.exists(os.path.join(model, path)))
        cosine.session = onnxruntime.InferenceSession(os.path.join(model, path))
    wanted = cosine.session.run(None, {cosine.session.get_inputs()[0].name: tensor[None].astype(np.float32)})[0][0]
    return float(wanted @ vector / np.linalg.norm(wanted) / np.linalg.norm(vector))


if __name__ == "__main__":
    main()
