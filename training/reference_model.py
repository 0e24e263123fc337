"""Makes CLIP models of full size with fixed pseudo-random weights through the reference libraries, and exports them.

No trained CLIP is needed to show that the towers compute what the libraries compute. Three kinds:

  vit-b-32-random, vit-l-14-random   transformers' CLIPModel, in the layout of transformers.js, with the starter's tokenizer
  vit-b-32-random-openclip           open_clip's ViT-B-32, in immich's layout, with CLIP's own tokenizer
  siglip-random                      transformers' SiglipModel, small, in the layout of transformers.js, without a tokenizer

scripts/reference-tools.sh
.deps/reference/bin/python training/reference_model.py vit-b-32-random --out .deps/models
"""
import argparse
import gzip
import json
import os
import shutil
import warnings

import onnx
import torch
from torch import nn

import reference_weights

CLIP_MEAN, CLIP_STD = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]
STARTER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Models", "starter")


def clip_config(name):
    """transformers' configuration of OpenAI's model of this shape."""
    from transformers import CLIPConfig

    # End token 2 is what OpenAI's files say; it makes the tower read the vector at the highest token id.
    if name == "vit-b-32-random":
        text, vision, dimension = {}, {}, 512
    elif name == "vit-l-14-random":
        text = dict(hidden_size=768, intermediate_size=3072, num_attention_heads=12)
        vision = dict(hidden_size=1024, intermediate_size=4096, num_hidden_layers=24, num_attention_heads=16, patch_size=14)
        dimension = 768
    elif name == "tiny-random":
        text = dict(hidden_size=64, intermediate_size=256, num_attention_heads=4, num_hidden_layers=2)
        vision = dict(hidden_size=96, intermediate_size=384, num_attention_heads=4, num_hidden_layers=2)
        dimension = 64
    return CLIPConfig(text_config=dict(text, eos_token_id=2, projection_dim=dimension),
                      vision_config=dict(vision, projection_dim=dimension), projection_dim=dimension)


def clip_model(name):
    """transformers' CLIPModel with the fixed weights; (mean, deviation) of each parameter."""
    from transformers import CLIPModel
    from transformers.modeling_utils import no_init_weights

    config = clip_config(name)
    config._attn_implementation = "eager"
    with no_init_weights():
        model = CLIPModel(config).eval()
    return model, reference_weights.fill(model)


class Image(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, pixel_values):
        return self.model.visual_projection(self.model.vision_model(pixel_values=pixel_values).pooler_output)


class Text(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids):
        return self.model.text_projection(self.model.text_model(input_ids=input_ids).pooler_output)


def export(module, example, path, names, axes):
    """PyTorch's exporter, the older of the two, which the published exports were made with."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(module, (example,), path, input_names=[names[0]], output_names=[names[1]], dynamic_axes=axes,
                          opset_version=17, do_constant_folding=True, dynamo=False)


def write(folder, name, content):
    with open(os.path.join(folder, name), "w") as file:
        json.dump(content, file, indent=2)
        file.write("\n")


def export_clip(name, folder):
    model, rules = clip_model(name)
    os.makedirs(os.path.join(folder, "onnx"), exist_ok=True)
    side = model.config.vision_config.image_size
    export(Image(model), torch.randn(2, 3, side, side), os.path.join(folder, "onnx/vision_model.onnx"),
           ("pixel_values", "image_embeds"), {"pixel_values": {0: "batch_size"}, "image_embeds": {0: "batch_size"}})
    ids = torch.tensor([[49406, 320, 2368, 49407], [49406, 500, 49407, 49407]])
    export(Text(model), ids, os.path.join(folder, "onnx/text_model.onnx"), ("input_ids", "text_embeds"),
           {"input_ids": {0: "batch_size", 1: "sequence_length"}, "text_embeds": {0: "batch_size"}})
    write(folder, "config.json", json.loads(model.config.to_json_string(use_diff=True)))
    write(folder, "preprocessor_config.json", dict(
        crop_size=side, do_center_crop=True, do_normalize=True, do_resize=True, feature_extractor_type="CLIPFeatureExtractor",
        image_mean=CLIP_MEAN, image_std=CLIP_STD, resample=3, size=side))
    for file in ("tokenizer.json", "vocab.json", "merges.txt", "special_tokens_map.json"):
        shutil.copy(os.path.join(STARTER, file), folder)
    with open(os.path.join(STARTER, "tokenizer_config.json")) as file:
        write(folder, "tokenizer_config.json", dict(json.load(file), model_max_length=77))
    return model, rules


def open_clip_model():
    import open_clip

    torch.backends.mha.set_fastpath_enabled(False)
    model = open_clip.create_model("ViT-B-32", pretrained=None).eval()
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    return model, reference_weights.fill(model, "open_clip.")


def export_open_clip(folder):
    """As immich exports open_clip's models: one picture or text a run, vectors of unit length."""
    import open_clip

    model, _ = open_clip_model()
    for part in ("visual", "textual"):
        os.makedirs(os.path.join(folder, part), exist_ok=True)
    write(folder, "config.json", open_clip.get_model_config("ViT-B-32"))
    write(os.path.join(folder, "visual"), "preprocess_cfg.json", open_clip.get_model_preprocess_cfg(model))
    clip_tokenizer().save_pretrained(os.path.join(folder, "textual"))
    model.forward = lambda image: model.encode_image(image, normalize=True)
    export(model, torch.randn(1, 3, 224, 224), os.path.join(folder, "visual/model.onnx"), ("image", "embedding"), None)
    model.forward = lambda text: model.encode_text(text, normalize=True)
    export(model, torch.ones(1, 77, dtype=torch.int32), os.path.join(folder, "textual/model.onnx"), ("text", "embedding"), None)


def clip_tokenizer():
    """CLIP's own tokenizer, as transformers has it, from the merges that open_clip brings."""
    import tempfile

    import open_clip
    from open_clip.tokenizer import bytes_to_unicode
    from transformers import CLIPTokenizerFast

    with gzip.open(os.path.join(os.path.dirname(open_clip.__file__), "bpe_simple_vocab_16e6.txt.gz"), "rt") as file:
        merges = file.read().split("\n")[1:49152 - 256 - 2 + 1]
    units = list(bytes_to_unicode().values())
    tokens = units + [unit + "</w>" for unit in units] + ["".join(merge.split()) for merge in merges]
    tokens += ["<|startoftext|>", "<|endoftext|>"]
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "vocab.json"), "w") as file:
            json.dump({token: index for index, token in enumerate(tokens)}, file)
        with open(os.path.join(folder, "merges.txt"), "w") as file:
            file.write("#version: 0.2\n" + "\n".join(merges) + "\n")
        tokenizer = CLIPTokenizerFast(os.path.join(folder, "vocab.json"), os.path.join(folder, "merges.txt"), model_max_length=77)
    assert len(tokenizer) == 49408
    return tokenizer


def export_siglip(folder):
    from transformers import SiglipConfig, SiglipModel
    from transformers.modeling_utils import no_init_weights

    small = dict(hidden_size=192, intermediate_size=768, num_hidden_layers=3, num_attention_heads=3)
    config = SiglipConfig(text_config=dict(small, vocab_size=32_000, max_position_embeddings=64, projection_size=192),
                          vision_config=dict(small, image_size=224, patch_size=16))
    config._attn_implementation = "eager"
    with no_init_weights():
        model = SiglipModel(config).eval()
    reference_weights.fill(model, "siglip.")

    class Pooled(nn.Module):
        def __init__(self, tower):
            super().__init__()
            self.tower = tower

        def forward(self, x):
            return self.tower(x).pooler_output

    os.makedirs(os.path.join(folder, "onnx"), exist_ok=True)
    export(Pooled(model.vision_model), torch.randn(2, 3, 224, 224), os.path.join(folder, "onnx/vision_model.onnx"),
           ("pixel_values", "pooler_output"), {"pixel_values": {0: "batch_size"}, "pooler_output": {0: "batch_size"}})
    export(Pooled(model.text_model), torch.ones(2, 64, dtype=torch.int64), os.path.join(folder, "onnx/text_model.onnx"),
           ("input_ids", "pooler_output"), {"input_ids": {0: "batch_size", 1: "sequence_length"}, "pooler_output": {0: "batch_size"}})
    write(folder, "config.json", json.loads(config.to_json_string(use_diff=True)))
    write(folder, "preprocessor_config.json", dict(
        image_processor_type="SiglipImageProcessor", do_resize=True, size=dict(height=224, width=224), resample=3,
        do_rescale=True, rescale_factor=1 / 255, do_normalize=True, image_mean=[.5] * 3, image_std=[.5] * 3))


def check(folder):
    """The graphs give what the library gives."""
    import numpy as np
    import onnxruntime

    model, _ = clip_model(os.path.basename(folder.removesuffix(".new")))
    ids = torch.tensor([[49406, 320, 2368, 9, 10, 11, 49407, 49407, 49407]] * 3)
    pixels = torch.randn(3, 3, 224, 224, generator=torch.Generator().manual_seed(1))
    for tower, value, reference in (("vision", pixels, model.get_image_features), ("text", ids, model.get_text_features)):
        session = onnxruntime.InferenceSession(os.path.join(folder, f"onnx/{tower}_model.onnx"))
        with torch.no_grad():
            wanted = reference(value).numpy()
        got = session.run(None, {session.get_inputs()[0].name: value.numpy()})[0]
        cosines = (wanted * got).sum(1) / np.linalg.norm(wanted, axis=1) / np.linalg.norm(got, axis=1)
        print(f"{tower}: lowest cosine between the library and its export {cosines.min():.8f}", flush=True)
        assert cosines.min() > 0.999999


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="+")
    parser.add_argument("--out", required=True)
    arguments = parser.parse_args()
    for name in arguments.names:
        target = os.path.join(arguments.out, name)
        if os.path.exists(os.path.join(target, ".ready")):
            continue
        folder = target + ".new"
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        print(f"making {target}", flush=True)
        with torch.no_grad():
            if name.endswith("-openclip"):
                export_open_clip(folder)
            elif name == "siglip-random":
                export_siglip(folder)
            else:
                export_clip(name, folder)
                check(folder)
        shutil.rmtree(target, ignore_errors=True)
        open(os.path.join(folder, ".ready"), "w").close()
        os.rename(folder, target)


if __name__ == "__main__":
    main()
