"""Writes what the reference tokenizers make of many texts, for Tests/CLIPTests.

The reference is open_clip's SimpleTokenizer over the model's merges. Two files are written:
  tokens.json       some hundred texts with their ids
  tokens-seeded.txt for each hundred of the texts of seeded_texts.py the beginning of the SHA-256 of their ids, and the
                    numbers of the texts left out: those that open_clip's heuristic takes for misread UTF-8, and those that are UTF-8 in a code page

Run with the environment that scripts/reference-tools.sh sets up (open_clip_torch 3.3.0, ftfy 6.3.1, tokenizers):
python training/tokenizer_fixture.py --model Models/starter --out Tests/CLIPTests/Fixtures
With --compare it counts where the library `tokenizers` gives other ids for the same texts.
"""
import argparse
import collections
import functools
import gzip
import hashlib
import json
import os
import random
import tempfile

import ftfy
from open_clip.tokenizer import SimpleTokenizer, basic_clean, whitespace_clean

import seeded_texts

WORDS = (
    "a an the of with and ape alien zombie punk 3D glasses cowboy hat hoodie sailing boat yellow flower cat's dog's don't I'll we've "
    "they're I'm you'd it's rock'n'roll pixel art NFT #1234 100% 3.14 1,000 CryptoPunk #7804 top-hat under_score @handle e-mail"
).split()
FIXED = [
    "", " ", "\t\n\r", "a", "A", "'", "''", "'s", "'S", "'re've'll'd'm't's", "'stuff", "'real", "it'stuff", "!'s", "x''s", "'r", "'l", "'v",
    "<|startoftext|>", "<|endoftext|>", "a <|endoftext|> b", "x<|startoftext|>y<|endoftext|>z", "<|ENDOFTEXT|>", "<|endoftext|", "<<|endoftext|>>",
    "<|endoftext|><|endoftext|>", " <|endoftext|> ", "<|endof text|>", "hello  world", "  leading and trailing  ", "line\nbreak\ttab\u00a0nbsp\u3000wide",
    "<start_of_text>", "<end_of_text>", "a <end_of_text> b", "<END_OF_TEXT>", "<end_of_text", "&lt;end_of_text&gt;",
    "zero\u200bwidth\u200djoiner\ufeffbom", "\u0085next\u2028line\u2029paragraph\u202fnarrow\u205fmath\u1680ogham", "a\x00b\x01c\x1fd\x7fe\x1c\x1d",
    "caf\u00e9", "cafe\u0301", "\u212bngstr\u00f6m A\u030a \u00c5", "\u1e9b\u0323", "n\u0303o\u0308\u0301", "\u0301alone", "ﬁligature ﬀ Ǆ ǅ",
    "İstanbul ISTANBUL ıstanbul", "ΟΔΟΣ ΣΑΣ Σ", "STRASSE Straße ẞ", "K kelvin Ω ohm", "ᾈ ᾳ Ὀ", "Ⅷ ⅷ ½ ² ³ ٣ ३ ௧ 一 〇 ㊀ ①②③", "1st 2nd 3rd 42 007 1e10",
    "日本の猫", "中文字符測試", "한국어 텍스트 각", "ไทยภาษา", "हिन्दी में", "عربي نص", "עברית שלום", "שָׁלוֹם", "Привет, Мир!", "ქართული ᲒᲐ", "Ꭰꭰ Ⴀ",
    "👍🏽 👨‍👩‍👧‍👦 🇩🇪 🏳️‍🌈 ☕ ❤️ 1️⃣ 🫠", "🐒monkey🐒", "𝕬𝖕𝖊 𝒶𝓅ℯ 𝟙𝟚", "𐐀𐐨 Deseret", "﷽", "a\u0300\u0301\u0302\u0303b", "가각힣 \u1100\u1161\u11a8", "\u0958 \u0915\u093c", "\u2126 \u00b5 \u03bc",
    "\ufffd \ufffe \ue000 \U0010ffff \U000e0001", "supercalifragilisticexpialidocious", "x" * 40, "ab" * 600, "1" * 50, "é" * 90, "!" * 100, "猫" * 80,
    "word " * 60, "a b c d e f g h i j k l m n o p q r s t u v w x y z 0 1 2 3", "http://example.org/a?b=c&d=%20#e", "<img src=x onerror=alert(1)>",
    "{\"json\": [1, 2]}", "C:\\path\\file", "price: $5.00 €7,50 £3 ¥9", "½ cup", "x² + y³", "-- — – … “quoted” ‘single’ don’t",
    "sÃ³ cafÃ© naÃ¯ve", "â€œquotedâ€\x9d", "ÐŸÑ€Ð¸Ð²ÐµÑ‚", "AT&amp;T &lt;b&gt; &eacute; &EACUTE; &#233; &#xe9;", "<b>&amp;lt;</b>",
    "ＬＯＵＤ　ＮＯＩＳＥＳ", "\x1b[31mred\x1b[0m", "a\r\nb\rc",
]
ALPHABETS = [
    [chr(c) for c in range(0x20, 0x7F)], [chr(c) for c in range(0x00, 0x180)], [chr(c) for c in range(0x300, 0x370)] + list("aeionu "),
    [chr(c) for c in range(0x370, 0x530)], [chr(c) for c in range(0x590, 0x700)], [chr(c) for c in range(0x900, 0xE00)],
    [chr(c) for c in range(0x1E00, 0x2200)], [chr(c) for c in range(0x2000, 0x2C00)], [chr(c) for c in range(0x3000, 0x3200)] + [chr(c) for c in range(0x4E00, 0x4F00)],
    [chr(c) for c in range(0xAC00, 0xAC80)] + [chr(c) for c in range(0x1100, 0x1180)], [chr(c) for c in range(0x1F300, 0x1FA00)] + ["\u200d", "\ufe0f"],
    [chr(c) for c in range(0x1D400, 0x1D800)], [chr(c) for c in range(0xF900, 0xFB50)], [chr(c) for c in range(0xFB50, 0x10000) if c < 0xFFFE],
    list("'strevmlld \"!a1"), list("<|endoftext|>startof "),
]


def random_text(random):
    kind = random.random()
    if kind < 0.45:
        words = [random.choice(WORDS) for _ in range(random.randint(1, 14))]
        return random.choice([" ", " ", " ", ", ", "  ", "-"]).join(random.choice([w, w, w.upper(), w.title()]) for w in words)
    if kind < 0.9:
        letters = random.choice(ALPHABETS)
        return "".join(random.choice(letters) if random.random() < 0.85 else " " for _ in range(random.randint(1, 24)))
    return "".join(random.choice(random.choice(ALPHABETS)) for _ in range(random.randint(1, 30)))


class Reference:
    """open_clip's tokenizer over a model's own merges."""

    def __init__(self, model):
        with open(f"{model}/merges.txt", "rb") as file:
            merges = file.read().rstrip(b"\n")  # an empty last line would count as a token
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "merges.txt.gz")
            with gzip.open(path, "wb") as file:
                file.write(merges)
            self.tokenizer = SimpleTokenizer(path)
        with open(f"{model}/vocab.json") as file:
            vocabulary = json.load(file)
        ours = {token: id for token, id in self.tokenizer.encoder.items() if "_of_text>" not in token}
        assert ours == {token: id for token, id in vocabulary.items() if not token.startswith("<|")}

    def ids(self, text, length):
        ids = [self.tokenizer.sot_token_id] + self.tokenizer.encode(text)[: length - 2]
        return ids + [self.tokenizer.eot_token_id]


@functools.cache
def page_bytes(page):
    bytes_of = {seeded_texts.read(bytes([byte]), page): byte for byte in range(256)}
    if page == "cp1252":
        bytes_of.update((chr(byte), byte) for byte in range(0x80, 0xA0))
    return bytes_of


def is_utf8(text, page):
    """Whether `text` with something above ASCII is what `page` makes of UTF-8."""
    bytes_of = page_bytes(page)
    try:
        return not text.isascii() and bool(bytes(bytes_of[c] for c in text).decode())
    except (KeyError, UnicodeDecodeError):
        return False


def is_misread(text):
    """Whether open_clip takes `text` for misread, or somebody else may: a random text can look so."""
    return (
        ftfy.fix_text(text) != ftfy.fix_text(text, fix_encoding=False)
        or any(is_utf8(text, page) for page in seeded_texts.CODE_PAGES)
    )


def digests(texts, hundreds, encode):
    """A line for each hundred of `texts`: the hash of what `encode` makes of them, and the numbers of those left out."""
    misread = 0
    for start in range(0, 100 * hundreds, 100):
        left_out = [i for i in range(100) if is_misread(texts[start + i])]
        misread += len(left_out)
        ids = "".join(",".join(map(str, encode(texts[start + i]))) + "\n" for i in range(100) if i not in left_out)
        yield " ".join([hashlib.sha256(ids.encode()).hexdigest()[:16], *map(str, left_out)]) + "\n"
    print(f"{100 * hundreds} texts, {misread} of them misread")


def compare(model, texts, reference, length):
    """Where the library `tokenizers` differs, by what the texts have in common."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(f"{model}/tokenizer.json")

    def cut(ids):
        return ids if len(ids) <= length else ids[: length - 1] + ids[-1:]

    raw, cleaned, examples = collections.Counter(), collections.Counter(), {}
    for index, text in enumerate(texts):
        kind = "long" if index % 4096 == 7 else index % 16
        ids = reference.ids(text, length)
        raw[kind, cut(tokenizer.encode(text).ids) != ids] += 1
        clean = whitespace_clean(basic_clean(text))
        other = cut(tokenizer.encode(clean).ids)
        cleaned[kind, other != ids] += 1
        if other != ids:
            reason = (
                "end of text in HF's spelling" if "<|endoftext|>" in clean or "<|startoftext|>" in clean
                else "end of text in open_clip's spelling" if "_of_text>" in clean.lower().replace("ſ", "s")
                else "final sigma" if "Σ" in clean
                else "'ſ" if "'ſ" in clean
                else "U+0345" if "\u0345" in clean.lower()
                else "other"
            )
            examples.setdefault(reason, []).append(clean[:60])
    for name, counts in (("as they are", raw), ("cleaned", cleaned)):
        print(name, {kind: (counts[kind, True], counts[kind, True] + counts[kind, False]) for kind in list(range(16)) + ["long"]})
    for reason, texts in sorted(examples.items(), key=lambda item: -len(item[1])):
        print(len(texts), reason, [ascii(text) for text in texts[:6]])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--count", type=int, default=700)
    parser.add_argument("--groups", type=int, default=1050)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--context", type=int, default=32)
    parser.add_argument("--length", type=int, default=8192, help="the longest of the seeded texts in tokens")
    parser.add_argument("--out", required=True)
    parser.add_argument("--compare", action="store_true")
    arguments = parser.parse_args()
    reference = Reference(arguments.model)
    source = random.Random(arguments.seed)
    random_texts = [random_text(source) for _ in range(arguments.count)]
    texts = list(dict.fromkeys(FIXED + [text for text in random_texts if not is_misread(text)]))
    with open(f"{arguments.out}/tokens.json", "w") as file:
        json.dump([{"t": t, "i": reference.ids(t, arguments.context)} for t in texts], file, separators=(",", ":"), ensure_ascii=True)
        file.write("\n")
    seeded = seeded_texts.load(f"{arguments.out}/words.json")
    with open(f"{arguments.out}/tokens-seeded.txt", "w") as file:
        file.writelines(digests(seeded, arguments.groups, lambda text: reference.ids(text, arguments.length)))
    if arguments.compare:
        compare(arguments.model, [seeded[i] for i in range(100 * arguments.groups)], reference, arguments.length)


if __name__ == "__main__":
    main()
