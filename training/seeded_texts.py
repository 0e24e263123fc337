"""Texts of all kinds by number, the same as in Tests/CLIPTests/SeededTexts.swift: change both or neither.

Neither the texts nor what they are made of depends on the version of anything.
"""
import html.entities
import json

MASK = (1 << 64) - 1
CODE_PAGES = ["cp1252", "cp1251", "cp1250", "mac-roman"]
# Pages of 256 scalars: both planes full of scripts, and samples of the others.
PAGES = [p for p in range(0x200) if not 0xD8 <= p < 0xE0] + [0x200, 0x2A6, 0x2CE, 0x2F8, 0x300, 0x313, 0xE00, 0xE01, 0xF00, 0x10FF]
ENTITIES = sorted(name[:-1] for name in html.entities.html5 if name.endswith(";"))
CONTROLS = (
    list(range(0x00, 0x20)) + list(range(0x7F, 0xA1)) + [0xAD, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2028, 0x2029, 0x202A, 0x202E, 0x202F]
    + [0x205F, 0x2060, 0x206A, 0x206F, 0x3000, 0x180E, 0xFEFF, 0xFFF9, 0xFFFC, 0xFFFD, 0x1680, 0xE0001, 0xE0041]
)
MARKS = (
    list(range(0x300, 0x370)) + list(range(0x591, 0x5C8)) + list(range(0x610, 0x61B)) + [0x93C, 0x94D, 0x9BE, 0x9D7, 0xB3E, 0xBBE, 0xCD5, 0xDCF]
    + [0xE38, 0xF71, 0xF72, 0x102E, 0x1161, 0x1175, 0x11A8, 0x11C2, 0x1AB0, 0x1DC0, 0x20D0, 0x302A, 0x3099, 0x309A, 0xFE20, 0x110BA, 0x11127, 0x1D165]
)


def read(data, page):
    """`data` read in a code page; bytes that mean nothing there stand for themselves."""
    return "".join(data[i:i + 1].decode(page, "replace").replace("\ufffd", chr(data[i])) for i in range(len(data)))


class Source:
    """Numbers that look random."""

    def __init__(self, index):
        self.state = (index * 0x9E3779B97F4A7C15 + 0xD1B54A32D192ED03) & MASK
        self.next(2)

    def next(self, count):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) & MASK
        return (self.state >> 33) % count

    def pick(self, items):
        return items[self.next(len(items))]


class Texts:
    def __init__(self, words):
        """`words`: the object in Fixtures/words.json."""
        self.words = words["words"]
        self.foreign = words["foreign"]
        self.special = words["special"]
        self.soup = words["soup"]
        self.bases = words["bases"]

    def __getitem__(self, index):
        source = Source(index)
        if index % 4096 == 7:
            text = ""
            while len(text) < 10_000:
                text += self.make(source, source.next(15), index) + " "
            return text
        kind = index % 16
        if kind == 15:
            return self.make(source, source.next(15), index) + source.pick(["", " ", "\n", "<"]) + self.make(source, source.next(15), index)
        return self.make(source, kind, index)

    def make(self, source, kind, index):
        if kind < 3:
            return self.english(source)
        if kind < 6:
            return self.page(source, PAGES[(index // 16 * 3 + kind) % len(PAGES)])
        if kind == 6:
            return "".join(self.scalar(source, source.pick(PAGES)) for _ in range(1 + source.next(20)))
        if kind == 7:
            return "".join(self.marked(source) for _ in range(1 + source.next(8)))
        if kind < 10:
            return self.foreign_words(source)
        if kind == 10:
            return " ".join(self.reference(source) for _ in range(1 + source.next(5)))
        if kind == 11:
            return "".join(self.control(source) for _ in range(1 + source.next(16)))
        if kind == 12:
            return "".join(source.pick(self.soup) for _ in range(1 + source.next(24)))
        if kind == 13:
            return "".join(source.pick(self.special) for _ in range(1 + source.next(6)))
        return "".join(self.latin(source) for _ in range(1 + source.next(18)))

    def english(self, source):
        separator = source.pick([" ", " ", " ", ", ", "  ", "-"])
        words = []
        for _ in range(1 + source.next(14)):
            word = source.pick(self.words)
            case = source.next(4)
            if case == 2:
                word = "".join(chr(ord(c) - 32) if "a" <= c <= "z" else c for c in word)
            if case == 3 and "a" <= word[0] <= "z":
                word = chr(ord(word[0]) - 32) + word[1:]
            words.append(word)
        return separator.join(words)

    def scalar(self, source, page):
        return chr(page * 256 + source.next(256))

    def page(self, source, page):
        text = ""
        for _ in range(1 + source.next(24)):
            chance = source.next(20)
            text += " " if chance == 0 else source.pick("aZ1'") if chance < 3 else self.scalar(source, page)
        return text

    def marked(self, source):
        return source.pick(self.bases) + "".join(chr(source.pick(MARKS)) for _ in range(source.next(4)))

    def foreign_words(self, source):
        words = [source.pick(self.words if source.next(6) == 0 else self.foreign) for _ in range(1 + source.next(5))]
        return source.pick([" ", " ", ", ", "", "\u2026 "]).join(words) + source.pick(["", "", "\u2026", "\u2122", "\u00ae", "\u00a0\u2013"])

    def reference(self, source):
        kind = source.next(8)
        name = source.pick(ENTITIES)
        if kind == 0:
            return "&" + name
        if kind == 1:
            return "&amp;" + name + ";"
        if kind == 2:
            return "&" + "".join(chr(ord(c) - 32) if "a" <= c <= "z" else c for c in name) + ";"
        if kind == 3:
            return f"&#{source.next(0x300)}" + source.pick([";", "", " "])
        if kind == 4:
            return "&#" + source.pick("xX") + f"{source.next(0x30000):x}" + source.pick([";", "", "g"])
        if kind == 5:
            return "&" + name + source.pick(["", "x", "=1", ";;"]) + source.pick(self.words)
        if kind == 6:
            return source.pick(["<b>&lt;</b>", "AT&T", "&", "&;", "&#;", "&#x;", "a & b", "&amp;amp;amp;lt;", "x&notit;", "&#1114112;", "&#55357;", "&#38;#38;"])
        return source.pick(self.words) + "&" + name + ";"

    def control(self, source):
        kind = source.next(6)
        if kind < 3:
            return chr(source.pick(CONTROLS))
        if kind == 3:
            return "\x1b[" + source.pick(["", "0", "31", "1;32", "38;5;"]) + source.pick("mKhx; [")
        return source.pick(self.words)

    def latin(self, source):
        chance = source.next(12)
        if chance < 2:
            return source.pick(self.words)
        if chance == 2:
            return source.pick(" .,1'\"")
        if chance < 5:
            page = source.pick(CODE_PAGES)
            return read(bytes([0x80 + source.next(0x80)]), page)
        return chr(0x80 + source.next(0x200)) if chance == 5 else chr(0xA0 + source.next(0x60))


def load(path):
    with open(path) as file:
        return Texts(json.load(file))
