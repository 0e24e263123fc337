"""Makes small tokenizers of SigLIP's and SigLIP 2's kinds and what the library `tokenizers` makes of texts with them.

Real ones cannot be had without a download, so these are trained on the words of Tests/CLIPTests/Fixtures/words.json: a unigram model with
SentencePiece's own normalisation table (rules of our own below), and byte-pair encoding with byte fallback in Gemma's layout.

pip install tokenizers==0.22.2 sentencepiece==0.2.1 ftfy==6.3.1 open_clip_torch==3.3.0
python training/sentencepiece_fixture.py --out Tests/CLIPTests/Fixtures
With --rules nmt_nfkc the table is SentencePiece's large standard one, for a check without --out's file in the repository.
"""
import argparse
import base64
import io
import json
import os
import tempfile

import sentencepiece
from open_clip.tokenizer import canonicalize_text, basic_clean, whitespace_clean
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

import seeded_texts
from tokenizer_fixture import digests

# Pairs of texts, what is replaced and what by: letters, combinations, controls, spaces.
RULES = [
    ("\u00a0", " "), ("\u3000", " "), ("\u2009", " "), ("\t", " "), ("\n", " "), ("\u200b", ""), ("\u00ad", ""), ("\u0001", ""), ("\ufb01", "fi"),
    ("\u2026", "..."), ("\u00bd", "1\u20442"), ("\u00b2", "2"), ("\u2122", "TM"), ("e\u0301", "\u00e9"), ("a\u0308", "\u00e4"),
    ("A\u030a", "\u00c5"), ("\u212b", "\u00c5"), ("\uff41", "a"), ("\uff21", "A"), ("\uff8a\uff9e", "\u30d0"), ("\uff8a", "\u30cf"),
    ("\ufdfa", "\u0635\u0644\u0649 \u0627\u0644\u0644\u0647"), ("\u0958", "\u0915\u093c"), ("\u2460", "1"), ("\u1e9b\u0323", "\u1e69"),
]


def unigram(lines, rules):
    """A model as T5's, which SigLIP uses: SentencePiece's table, white space as a mark, end token behind."""
    with tempfile.TemporaryDirectory() as folder:
        options = {}
        if rules == "nmt_nfkc":
            options["normalization_rule_name"] = rules
        else:
            path = os.path.join(folder, "rules.tsv")
            with open(path, "w") as file:
                for source, target in RULES:
                    file.write(" ".join(f"{ord(c):X}" for c in source) + "\t" + " ".join(f"{ord(c):X}" for c in target) + "\n")
            options["normalization_rule_tsv"] = path
        model = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(lines), model_writer=model, model_type="unigram", vocab_size=1200, character_coverage=0.98, pad_id=0, eos_id=1, unk_id=2,
            bos_id=-1, num_threads=1, minloglevel=2, hard_vocab_limit=False, **options,
        )
    proto = sentencepiece_model_pb2.ModelProto.FromString(model.getvalue())
    tokenizer = Tokenizer(models.Unigram([(piece.piece, round(piece.score, 4)) for piece in proto.pieces], unk_id=2, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Precompiled(proto.normalizer_spec.precompiled_charsmap), normalizers.Strip(left=False, right=True), normalizers.Replace(Regex(" {2,}"), "▁")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    tokenizer.add_special_tokens([AddedToken("<pad>", normalized=False), AddedToken("</s>", normalized=False), AddedToken("<unk>", normalized=False)])
    return tokenizer


def gemma(lines):
    """A model as Gemma's, which SigLIP 2 uses: pairs of characters, bytes for what is unknown."""
    bytes_ = [f"<0x{b:02X}>" for b in range(256)]
    tokenizer = Tokenizer(models.BPE(byte_fallback=True, fuse_unk=True, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    trainer = trainers.BpeTrainer(vocab_size=1400, special_tokens=["<pad>", "<eos>", "<bos>", "<unk>"] + bytes_, limit_alphabet=300, show_progress=False)
    # Words are cut for training only; when it is used, pairs may reach over spaces.
    tokenizer.pre_tokenizer = pre_tokenizers.Split("▁", "merged_with_next")
    tokenizer.train_from_iterator(lines, trainer)
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    tokenizer.post_processor = processors.TemplateProcessing(single="$A <eos>", special_tokens=[("<eos>", 1)])
    file = json.loads(tokenizer.to_str())
    # Training makes special tokens of the bytes; Gemma has them as ordinary ones, and newlines as tokens of their own.
    file["added_tokens"] = [token for token in file["added_tokens"] if not token["content"].startswith("<0x")]
    return Tokenizer.from_str(json.dumps(file))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--words", default="Tests/CLIPTests/Fixtures/words.json")
    parser.add_argument("--rules", default="own")
    parser.add_argument("--groups", type=int, default=50)
    arguments = parser.parse_args()
    texts = seeded_texts.load(arguments.words)
    # The texts to learn from lie behind those to be tested.
    lines = [whitespace_clean(basic_clean(texts[i])) for i in range(200_000, 206_000) if i % 16 in (0, 1, 2, 8, 9)]
    lines = [line for line in lines if line]
    for name, tokenizer, cleans in (
        ("unigram", unigram(lines, arguments.rules), {"canonical": lambda t: canonicalize_text(basic_clean(t)), "whitespace": lambda t: whitespace_clean(basic_clean(t))}),
        ("gemma", gemma(lines), {"canonical": lambda t: canonicalize_text(basic_clean(t)), "whitespace": lambda t: whitespace_clean(basic_clean(t))}),
    ):
        tokenizer.save(f"{arguments.out}/{name}-tokenizer.json", pretty=False)
        tokenizer.enable_truncation(8192)
        for style, clean in cleans.items():
            with open(f"{arguments.out}/{name}-{style}.txt", "w") as file:
                file.writelines(digests(texts, arguments.groups, lambda text: tokenizer.encode(clean(text)).ids))
        unknown = sum(2 in tokenizer.encode(cleans["whitespace"](texts[i])).ids for i in range(2000))
        print(name, tokenizer.get_vocab_size(), "texts with unknown pieces", unknown, tokenizer.encode("a bored ape — 日本の猫").tokens)


if __name__ == "__main__":
    main()
