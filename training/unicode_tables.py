"""Writes the tables that cleaning and splitting of texts need: Sources/CLIP/UnicodeData.swift, HTMLEntityData.swift, CodePageData.swift.

They are derived from Python's unicodedata, html.entities and codecs, and from the module `regex`, of the versions that the reference
tokenizer (open_clip_torch) runs on here, so that both sides know the same characters.

pip install regex==2026.5.9        # Python 3.11: Unicode 14
python training/unicode_tables.py --out Sources/CLIP
"""
import argparse
import html
import html.entities
import re
import sys
import unicodedata

import regex

SCALARS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
# The encodings that text is mistaken for; the names are Python's.
CODE_PAGES = ["cp1252", "cp1251", "cp1250", "mac-roman"]


def number(n):
    """In base 36."""
    text = ""
    while True:
        n, digit = divmod(n, 36)
        text = DIGITS[digit] + text
        if n == 0:
            return text


def signed(n):
    return number(n) if n >= 0 else "-" + number(-n)


def runs(values):
    """(value, count) of neighbours that are alike."""
    found = []
    for value in values:
        if found and found[-1][0] == value:
            found[-1][1] += 1
        else:
            found.append([value, 1])
    return found


def composed_by(c):
    """The canonical pair that makes `c` in normalisation form C, or None."""
    parts = unicodedata.decomposition(chr(c)).split()
    if len(parts) != 2 or parts[0].startswith("<") or unicodedata.normalize("NFC", chr(c)) != chr(c):
        return None
    return tuple(int(part, 16) for part in parts)


def properties():
    """Eight bits a scalar; see UnicodeTables.Properties."""
    letter, numeral, other = (regex.compile(p, regex.IGNORECASE) for p in (r"[\p{L}]", r"[\p{N}]", r"[^\s\p{L}\p{N}]"))
    word = re.compile(r"\w")
    seconds = {pair[1] for pair in map(composed_by, SCALARS) if pair} | set(range(0x1161, 0x1176)) | set(range(0x11A8, 0x11C3))
    bits = []
    for c in range(0x110000):
        if 0xD800 <= c < 0xE000:
            bits.append(0)
            continue
        character = chr(c)
        after_letter = ("A" + character + "Σ").lower().endswith("ς")
        cased = ("." + character + "Σ").lower().endswith("ς")
        value = 1 * bool(letter.match(character)) + 2 * bool(numeral.match(character)) + 4 * bool(other.match(character))
        value += 8 * character.isspace() + 16 * bool(word.match(character)) + 32 * cased + 64 * (after_letter and not cased)
        value += 128 * (bool(unicodedata.combining(character)) or unicodedata.normalize("NFC", character) != character or c in seconds)
        assert character.lower() == character or cased or (after_letter and not cased) or c in (0x1F88,), hex(c)
        bits.append(value)
    return bits


def lower_cases():
    """Runs of start, count, step and distance; U+0130, the only one that becomes two, is left out."""
    pairs = [(c, chr(c).lower()) for c in SCALARS if chr(c).lower() != chr(c)]
    assert [hex(c) for c, lower in pairs if len(lower) > 1] == ["0x130"]
    pairs = [(c, ord(lower) - c) for c, lower in pairs if len(lower) == 1]
    found, i = [], 0
    while i < len(pairs):
        start, distance = pairs[i]
        step = pairs[i + 1][0] - start if i + 1 < len(pairs) and pairs[i + 1][1] == distance else 1
        step = step if step <= 2 else 1
        count = 1
        while i + count < len(pairs) and pairs[i + count] == (start + step * count, distance):
            count += 1
        found.append(f"{number(start)}.{number(count)}.{number(step)}.{signed(distance)}")
        i += count
    return found


def decompositions():
    """Scalar (as distance from the one before), first and second part; an exclamation mark where form C does not put them together again."""
    found, last = [], 0
    for c in SCALARS:
        parts = unicodedata.decomposition(chr(c)).split()
        if not parts or parts[0].startswith("<"):
            continue
        text = ".".join([number(c - last)] + [number(int(part, 16)) for part in parts])
        found.append(text + ("!" if len(parts) == 2 and composed_by(c) is None else ""))
        last = c
    return found


def combining_classes():
    """Runs of length and class over all scalars up to the last with a class."""
    values = [unicodedata.combining(chr(c)) for c in range(0x110000)]
    found = runs(values)
    return [f"{number(count)}.{number(value)}" for value, count in found[:-1]]


def widths():
    """Half-width and full-width forms behind the ASCII ones, with what stands for them."""
    found = []
    for c in range(0xFF5F, 0xFFF0):
        other = unicodedata.normalize("NFKC", chr(c))
        if other != chr(c):
            found.append(".".join(number(ord(x)) for x in chr(c) + other))
    assert all(unicodedata.normalize("NFKC", chr(c)) == chr(c - 0xFEE0) for c in range(0xFF01, 0xFF5F))
    return found


def entities():
    """Names with what they stand for; those that also count without the semicolon are marked with an exclamation mark."""
    table = html.entities.html5
    assert all(name.endswith(";") or table[name + ";"] == table[name] for name in table)
    names = sorted(name[:-1] for name in table if name.endswith(";"))
    return [
        name + ("!" if name in table else "") + "=" + ".".join(number(ord(c)) for c in table[name + ";"]) for name in names
    ]


def capital_entities():
    """Upper case of entities whose whole name is lower case and, in capitals, is no other entity."""
    found = []
    for name in sorted(html.entities.html5):
        if name.endswith(";") and name == name.lower():
            capitals = name.upper()
            if html.unescape("&" + capitals) == "&" + capitals:
                found.append(capitals[:-1] + "=" + ".".join(number(ord(c)) for c in html.entities.html5[name].upper()))
    return found


def code_page(name):
    """What bytes 80 to FF stand for; themselves where the code page says nothing, as in the Encoding standard."""
    found = []
    for byte in range(0x80, 0x100):
        try:
            found.append(number(ord(bytes([byte]).decode(name))))
        except UnicodeDecodeError:
            found.append(number(byte))
    return found


def literal(name, what, items):
    """A Swift property with a string of items, parted by spaces, on lines of at most 120 columns."""
    lines, line = [], ""
    for item in items:
        if line and len(line) + 1 + len(item) > 108:
            lines.append(line + " \\")
            line = item
        else:
            line = f"{line} {item}" if line else item
    lines.append(line)
    body = "\n".join("        " + text for text in lines)
    return f'    /// {what}\n    static let {name} = """\n{body}\n        """\n'


def write(path, kind, what, properties):
    source = f"// Written by training/unicode_tables.py ({what}); do not edit.\n\n"
    source += f"/// Tables as text, numbers in base 36; see the script for how they are written.\nenum {kind} {{\n"
    source += "\n".join(properties) + "}\n"
    with open(path, "w") as file:
        file.write(source)
    print(f"{path}: {len(source)} bytes")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    out = parser.parse_args().out
    version = f"Unicode {unicodedata.unidata_version}, Python {sys.version.split()[0]}, regex {regex.__version__}"
    property_runs = [f"{number(count)}.{number(value)}" for value, count in runs(properties())]
    write(f"{out}/UnicodeData.swift", "UnicodeData", version, [
        literal("properties", "Runs of length and property bits over all scalars.", property_runs),
        literal("lowerCases", "Runs of start, count, step and distance to the lower case.", lower_cases()),
        literal("decompositions", "Distance to the scalar before, and canonical parts; exclamation mark: not composed again.", decompositions()),
        literal("combiningClasses", "Runs of length and canonical combining class.", combining_classes()),
        literal("widths", "Half-width and full-width forms and what stands for them.", widths()),
    ])
    write(f"{out}/HTMLEntityData.swift", "HTMLEntityData", f"HTML standard, Python {sys.version.split()[0]}", [
        literal("names", "Names of character references; an exclamation mark: also without semicolon.", entities()),
        literal("capitals", "Names in capitals that the standard lacks, with the capitals of what they stand for.", capital_entities()),
    ])
    write(f"{out}/CodePageData.swift", "CodePageData", f"Python {sys.version.split()[0]}", [
        literal(re.sub(r"\W", "", name), f"What the bytes 80 to FF stand for in {name}.", code_page(name)) for name in CODE_PAGES
    ])


if __name__ == "__main__":
    main()
