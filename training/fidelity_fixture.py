"""Writes what the reference libraries compute for the 200 pictures and 200 texts, for the tests of the towers.

scripts/reference-tools.sh
.deps/reference/bin/python training/fidelity_fixture.py vit-b-32-random --out Tests/CLIPTests/Fixtures/reference

Vectors are of unit length, as base64 of 16-bit floats: the rounding changes cosines by less than 1e-7.
"""
import argparse
import base64
import hashlib
import json
import os

import numpy as np
import torch

import fidelity_inputs
import reference_model


def of_transformers(name):
    """Functions from pictures and texts to vectors, and the crop that the tower sees as bytes."""
    from tokenizers import Tokenizer
    from transformers import CLIPImageProcessor

    model, _ = reference_model.clip_model(name)
    # Resizing with Pillow, as the model was trained.
    processor = CLIPImageProcessor()
    tokenizer = Tokenizer.from_file(os.path.join(reference_model.STARTER, "tokenizer.json"))
    tokenizer.enable_truncation(77)

    def pixels(picture):
        return torch.from_numpy(np.stack(processor(picture, input_data_format="channels_last")["pixel_values"]))

    def crop(picture):
        return np.stack(processor(picture, do_rescale=False, do_normalize=False, input_data_format="channels_last")["pixel_values"])[0].astype(np.uint8)

    def text(string):
        return model.get_text_features(torch.tensor([tokenizer.encode(string).ids]))

    return pixels, crop, model.get_image_features, text


def of_open_clip(_):
    import open_clip
    from open_clip.transform import PreprocessCfg, image_transform_v2

    model, _ = reference_model.open_clip_model()
    transform = image_transform_v2(PreprocessCfg(**open_clip.get_model_preprocess_cfg(model)), is_train=False)
    to_bytes = [step for step in transform.transforms if type(step).__name__ != "Normalize"]
    tokenizer = open_clip.get_tokenizer("ViT-B-32")

    def crop(picture):
        for step in to_bytes:
            picture = step(picture)
        return (picture * 255).round().to(torch.uint8).numpy()

    return lambda picture: transform(picture)[None], crop, model.encode_image, lambda string: model.encode_text(tokenizer([string]))


def packed(vectors):
    vectors = torch.cat(vectors).double().numpy()
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = vectors @ vectors.T - 2 * np.eye(len(vectors))
    print(f"cosines between different ones: mean {(cosines.sum() + len(vectors)) / (len(vectors) * (len(vectors) - 1)):.3f}, "
          f"highest {cosines.max():.5f}", flush=True)
    return base64.b64encode(vectors.astype("<f2").tobytes()).decode()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="+")
    parser.add_argument("--out", required=True)
    arguments = parser.parse_args()
    os.makedirs(arguments.out, exist_ok=True)
    listed = fidelity_inputs.inputs()
    with open(os.path.join(arguments.out, "inputs.json"), "w") as file:
        json.dump(listed, file, ensure_ascii=False, indent=0)
        file.write("\n")
    for name in arguments.names:
        pixels, crop, image, text = (of_open_clip if name.endswith("-openclip") else of_transformers)(name)
        images, crops, texts = [], [], []
        with torch.no_grad():
            for picture in fidelity_inputs.pictures(listed):
                images.append(image(pixels(picture)))
                crops.append(hashlib.sha256(crop(picture).transpose(1, 2, 0).tobytes()).hexdigest()[:16])
            for string in listed["texts"]:
                texts.append(text(string))
        print(name, len(images), "pictures,", len(texts), "texts")
        with open(os.path.join(arguments.out, name + ".json"), "w") as file:
            json.dump(dict(dimension=images[0].shape[1], crops=crops, images=packed(images), texts=packed(texts)), file, indent=0)
            file.write("\n")


if __name__ == "__main__":
    main()
