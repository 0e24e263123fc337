"""Writes texts and the token ids that the library `tokenizers` gives for them: the reference for Tests/CLIPTests.

pip install tokenizers==0.23.3
python training/tokenizer_fixture.py --model Models/starter --count 700 --out Tests/CLIPTests/Fixtures/tokens.json
"""
import argparse
import json
import random
import unicodedata

from tokenizers import Tokenizer

WORDS = (
    "a an the of with and ape alien zombie punk 3D glasses cowboy hat hoodie sailing boat yellow flower cat's dog's don't I'll we've "
    "they're I'm you'd it's rock'n'roll pixel art NFT #1234 100% 3.14 1,000 CryptoPunk #7804 top-hat under_score @handle e-mail"
).split()
FIXED = [
    "", " ", "\t\n\r", "a", "A", "'", "''", "'s", "'S", "'re've'll'd'm't's", "'stuff", "'real", "it'stuff", "!'s", "x''s", "'r", "'l", "'v",
    "<|startoftext|>", "<|endoftext|>", "a <|endoftext|> b", "x<|startoftext|>y<|endoftext|>z", "<|ENDOFTEXT|>", "<|endoftext|", "<<|endoftext|>>",
    "<|endoftext|><|endoftext|>", " <|endoftext|> ", "<|endof text|>", "hello  world", "  leading and trailing  ", "line\nbreak\ttab\u00a0nbsp\u3000wide",
    "zero\u200bwidth\u200djoiner\ufeffbom", "\u0085next\u2028line\u2029paragraph\u202fnarrow\u205fmath\u1680ogham", "a\x00b\x01c\x1fd\x7fe\x1c\x1d",
    "caf\u00e9", "cafe\u0301", "\u212bngstr\u00f6m A\u030a \u00c5", "\u1e9b\u0323", "n\u0303o\u0308\u0301", "\u0301alone", "ﬁligature ﬀ Ǆ ǅ",
    "İstanbul ISTANBUL ıstanbul", "ΟΔΟΣ ΣΑΣ Σ", "STRASSE Straße ẞ", "K kelvin Ω ohm", "ᾈ ᾳ Ὀ", "Ⅷ ⅷ ½ ² ³ ٣ ३ ௧ 一 〇 ㊀ ①②③", "1st 2nd 3rd 42 007 1e10",
    "日本の猫", "中文字符測試", "한국어 텍스트 각", "ไทยภาษา", "हिन्दी में", "عربي نص", "עברית שלום", "שָׁלוֹם", "Привет, Мир!", "ქართული ᲒᲐ", "Ꭰꭰ Ⴀ",
    "👍🏽 👨‍👩‍👧‍👦 🇩🇪 🏳️‍🌈 ☕ ❤️ 1️⃣ 🫠", "🐒monkey🐒", "𝕬𝖕𝖊 𝒶𝓅ℯ 𝟙𝟚", "𐐀𐐨 Deseret", "﷽", "a\u0300\u0301\u0302\u0303b", "가각힣 \u1100\u1161\u11a8", "\u0958 \u0915\u093c", "\u2126 \u00b5 \u03bc",
    "\ufffd \ufffe \ue000 \U0010ffff \U000e0001", "supercalifragilisticexpialidocious", "x" * 40, "ab" * 600, "1" * 50, "é" * 90, "!" * 100, "猫" * 80,
    "word " * 60, "a b c d e f g h i j k l m n o p q r s t u v w x y z 0 1 2 3", "http://example.org/a?b=c&d=%20#e", "<img src=x onerror=alert(1)>",
    "{\"json\": [1, 2]}", "C:\\path\\file", "price: $5.00 €7,50 £3 ¥9", "½ cup", "x² + y³", "-- — – … “quoted” ‘single’ don’t",
]
ALPHABETS = [
    [chr(c) for c in range(0x20, 0x7F)], [chr(c) for c in range(0x00, 0x180)], [chr(c) for c in range(0x300, 0x370)] + list("aeionu "),
    [chr(c) for c in range(0x370, 0x530)], [chr(c) for c in range(0x590, 0x700)], [chr(c) for c in range(0x900, 0xE00)],
    [chr(c) for c in range(0x1E00, 0x2200)], [chr(c) for c in range(0x2000, 0x2C00)], [chr(c) for c in range(0x3000, 0x3200)] + [chr(c) for c in range(0x4E00, 0x4F00)],
    [chr(c) for c in range(0xAC00, 0xAC80)] + [chr(c) for c in range(0x1100, 0x1180)], [chr(c) for c in range(0x1F300, 0x1FA00)] + ["\u200d", "\ufe0f"],
    [chr(c) for c in range(0x1D400, 0x1D800)], [chr(c) for c in range(0xF900, 0xFB50)], [chr(c) for c in range(0xFB50, 0x10000) if c < 0xFFFE],
    list("'strevmlld \"!a1"), list("<|endoftext|>startof "),
]


def assigned(text):
    """Whether Unicode knows all of it: what unassigned characters are depends on the age of each side's tables."""
    return all(unicodedata.category(c) != "Cn" for c in text)


def random_text(random):
    kind = random.random()
    if kind < 0.45:
        words = [random.choice(WORDS) for _ in range(random.randint(1, 14))]
        return random.choice([" ", " ", " ", ", ", "  ", "-"]).join(random.choice([w, w, w.upper(), w.title()]) for w in words)
    if kind < 0.9:
        letters = random.choice(ALPHABETS)
        return "".join(random.choice(letters) if random.random() < 0.85 else " " for _ in range(random.randint(1, 24)))
    return "".join(random.choice(random.choice(ALPHABETS)) for _ in range(random.randint(1, 30)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--count", type=int, default=700)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--context", type=int, default=32)
    parser.add_argument("--out", required=True)
    arguments = parser.parse_args()
    tokenizer = Tokenizer.from_file(f"{arguments.model}/tokenizer.json")
    tokenizer.enable_truncation(arguments.context)
    source = random.Random(arguments.seed)
    texts = FIXED + [t for t in (random_text(source) for _ in range(arguments.count)) if assigned(t)]
    texts = list(dict.fromkeys(texts))
    with open(arguments.out, "w") as file:
        json.dump([{"t": t, "i": tokenizer.encode(t).ids} for t in texts], file, separators=(",", ":"), ensure_ascii=True)
        file.write("\n")


if __name__ == "__main__":
    main()
