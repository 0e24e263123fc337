#!/usr/bin/env python3
"""Walks through a running gallery like a person does, in a headless Chromium.

    python3 Tests/GUI/gallery_e2e.py http://127.0.0.1:8080 [--query "red car"] [--picture FILE]
        [--hostile-item ID] [--screenshots DIR]

Needs Python 3.9 and Chromium, nothing else. Exits 1 when a step fails, with a sentence on what was seen.
"""

import argparse
import os
import struct
import sys
import tempfile
import traceback
import urllib.parse
import zlib

from devtools import Browser

TILE = "[data-grid] > li.tile a"
HOSTILE_NAME = "<img src=x onerror=alert(1)>"


def small_picture(path):
    """A PNG of 64 x 64 pixels: a red disc on white."""
    rows = b""
    for y in range(64):
        rows += b"\0"
        for x in range(64):
            rows += b"\xd0\x20\x20" if (x - 32) ** 2 + (y - 32) ** 2 < 576 else b"\xff\xff\xff"

    def chunk(kind, data):
        return struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))

    header = struct.pack("!IIBBBBB", 64, 64, 8, 2, 0, 0, 0)
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def expect(condition, sentence):
    if not condition:
        raise AssertionError(sentence)


class Walk:
    def __init__(self, browser, options, folder):
        self.browser = browser
        self.base = options.base.rstrip("/")
        self.options = options
        self.folder = folder

    def tiles(self):
        return self.browser.evaluate(f"document.querySelectorAll({TILE!r}).length")

    def pictures_are_painted(self):
        """The pictures of the first row have come, and have pixels."""
        self.browser.until(
            "(() => { const all = [...document.querySelectorAll('[data-grid] img')].slice(0, 4);"
            "return all.length > 0 && all.every(i => i.complete && i.naturalWidth > 0); })()",
            "the first pictures")

    def home(self):
        """The first page has a field with the cursor in it, examples and a wall of pictures."""
        self.browser.look_like(1440, 900)
        self.browser.go(self.base + "/")
        expect(self.browser.evaluate("document.activeElement.matches('input[name=q]')"), "the cursor is not in the field")
        expect(self.browser.evaluate("document.querySelectorAll('.examples a').length") >= 1, "there are no examples")
        expect(self.tiles() >= 6, f"the wall has {self.tiles()} pictures, not at least 6")
        self.pictures_are_painted()

    def search(self):
        """Typing a query and Enter leads to hits, with the query still in the field."""
        self.browser.go(self.base + "/")
        self.browser.type(self.options.query)
        self.browser.leaving(lambda: self.browser.press("Enter", 13, "\r"))
        expect(self.tiles() >= 1, f"“{self.options.query}” has no hits")
        shown = self.browser.evaluate("document.querySelector('input[name=q]').value")
        expect(shown == self.options.query, f"the field says “{shown}”")
        self.pictures_are_painted()

    def open_hit(self):
        """A click on a hit opens its page, with the picture and its like."""
        name = self.browser.evaluate(f"document.querySelector({TILE + ' .name'!r}).textContent")
        self.browser.leaving(lambda: self.browser.click(TILE))
        heading = self.browser.evaluate("document.querySelector('h1').textContent.trim()")
        expect(heading == name.strip(), f"the page is called “{heading}”, the hit “{name}”")
        self.browser.until("(i => i && i.complete && i.naturalWidth > 0)(document.querySelector('.canvas img'))", "the picture")
        expect(self.tiles() >= 1, "nothing similar is shown")

    def open_similar(self):
        """A click on a similar picture opens that one."""
        before = self.browser.evaluate("location.pathname")
        self.browser.leaving(lambda: self.browser.click(TILE))
        after = self.browser.evaluate("location.pathname")
        expect(after.startswith("/items") and after != before, f"the click led from {before} to {after}")
        expect(self.tiles() >= 1, "nothing similar is shown")

    def step_through_results(self):
        """The arrow keys lead from a hit's page to the next hit's and back to the list."""
        self.browser.go(self.base + "/search?q=" + urllib.parse.quote(self.options.query))
        hrefs = self.browser.evaluate(f"[...document.querySelectorAll({TILE!r})].slice(0, 2).map(a => a.pathname)")
        if len(hrefs) < 2:
            return
        self.browser.leaving(lambda: self.browser.click(TILE))
        self.browser.leaving(lambda: self.browser.press("ArrowRight", 39))
        expect(self.browser.evaluate("location.pathname") == hrefs[1], "→ does not lead to the second hit")
        self.browser.leaving(lambda: self.browser.click("[data-back]"))
        expect(self.browser.evaluate("location.pathname") == "/search", "the way back does not lead to the results")

    def upload(self):
        """Choosing a picture file leads to hits that look like it, at an address that can be opened again."""
        picture = self.options.picture
        if not picture:
            picture = os.path.join(self.folder, "disc.png")
            small_picture(picture)
        self.browser.go(self.base + "/")
        self.browser.leaving(lambda: self.browser.choose_file("#picture", os.path.abspath(picture)))
        expect(self.browser.evaluate("location.search.includes('picture=')"), "the results have no address")
        expect(self.tiles() >= 1, "the picture has no hits")
        self.pictures_are_painted()

    def grow(self):
        """Scrolling to the end of the results brings more of them."""
        self.browser.go(self.base + "/search?q=" + urllib.parse.quote(self.options.query))
        before = self.tiles()
        if not self.browser.evaluate("document.querySelector('[data-more]') !== null"):
            return
        self.browser.evaluate("scrollTo(0, document.body.scrollHeight)")
        self.browser.until(f"document.querySelectorAll({TILE!r}).length > {before}", "more pictures")

    def keys(self):
        """/ goes to the field, ↓ from there to the first picture, → to the second."""
        self.browser.go(self.base + "/search?q=" + urllib.parse.quote(self.options.query))
        self.browser.press("/", 191, "/")
        expect(self.browser.evaluate("document.activeElement.matches('input[name=q]')"), "/ does not lead to the field")
        self.browser.press("ArrowDown", 40)
        self.browser.press("ArrowRight", 39)
        index = self.browser.evaluate(f"[...document.querySelectorAll({TILE!r})].indexOf(document.activeElement)")
        expect(index == min(1, self.tiles() - 1), f"the arrows led to picture {index}")

    def theme(self):
        """The toggle changes the theme, and the next page remembers it."""
        self.browser.look_like(1440, 900, dark=False)
        self.browser.go(self.base + "/")
        ground = "getComputedStyle(document.body).backgroundColor"
        light = self.browser.evaluate(ground)
        self.browser.click("[data-theme-toggle]")
        dark = self.browser.evaluate(ground)
        expect(light != dark, "the toggle changes nothing")
        self.browser.go(self.base + "/search?q=" + urllib.parse.quote(self.options.query))
        expect(self.browser.evaluate(ground) == dark, "the next page forgot the theme")
        self.browser.evaluate("localStorage.removeItem('theme')")

    def hostile_item(self):
        """A name that is an HTML element is shown as text and does nothing."""
        path = urllib.parse.quote(self.options.hostile_item, safe="/")
        self.browser.go(f"{self.base}/items/{path}")
        heading = self.browser.evaluate("document.querySelector('h1').textContent.trim()")
        expect(heading == HOSTILE_NAME, f"the heading is “{heading}”")
        made = self.browser.evaluate(
            "document.querySelectorAll('img[onerror], [onclick], [onmouseover], script:not([src])').length"
            " + [...document.images].filter(i => i.getAttribute('src') === 'x').length")
        expect(made == 0, f"{made} elements were made of a name")
        expect(not self.browser.dialogs, f"a dialog opened: {self.browser.dialogs}")

    def quiet(self):
        """Nothing was reported on the console, and no page broke the Content-Security-Policy."""
        expect(not self.browser.complaints, "the console says: " + " | ".join(self.browser.complaints[:5]))

    def missing(self):
        """An address that leads nowhere says so and shows the way back."""
        self.browser.go(self.base + "/items/none/such")
        expect(self.browser.evaluate("document.querySelector('.state h1') !== null"), "there is no sentence")
        expect(self.browser.evaluate("document.querySelector('.state a[href=\"/\"]') !== null"), "there is no way back")
        # The answer 404 itself is reported on the console, rightly.
        self.browser.complaints = [c for c in self.browser.complaints if "404" not in c]

    def screenshots(self):
        """Pictures of the pages for the documentation."""
        folder = self.options.screenshots
        os.makedirs(folder, exist_ok=True)
        query = urllib.parse.quote(self.options.query)
        collection = self.options.collection
        results = f"{self.base}/search?q={query}" + (f"&collection={urllib.parse.quote(collection)}" if collection else "")
        self.browser.look_like(1440, 900)
        self.browser.go(results)
        item = self.browser.evaluate(f"document.querySelector({TILE!r})?.href")
        for dark in (False, True):
            for phone in (False, True):
                size = (390, 844) if phone else (1440, 900)
                name = f"{'dark' if dark else 'light'}-{'phone' if phone else 'desktop'}.png"
                self.browser.look_like(*size, dark=dark, phone=phone)
                for page, url in (("home", self.base + "/"), ("results", results), ("item", item)):
                    if url:
                        self.browser.go(url)
                        self.browser.screenshot(os.path.join(folder, f"{page}-{name}"))

    def run(self):
        steps = [self.home, self.search, self.open_hit, self.open_similar, self.step_through_results, self.upload,
                 self.grow, self.keys, self.theme, self.missing]
        if self.options.hostile_item:
            steps.append(self.hostile_item)
        if self.options.screenshots:
            steps.append(self.screenshots)
        steps.append(self.quiet)
        passed = failed = 0
        for step in steps:
            sentence = step.__doc__.strip()
            try:
                step()
                passed += 1
                print(f"ok      {sentence}")
            except Exception as error:  # Any failure of one step is reported, and the next one is tried.
                failed += 1
                print(f"FAILED  {sentence}\n        {error}")
                if not isinstance(error, AssertionError):
                    traceback.print_exc()
        print(f"{passed} passed, {failed} failed")
        return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("base", help="address of a running gallery")
    parser.add_argument("--query", default="red car")
    parser.add_argument("--collection", help="collection that screenshots are restricted to")
    parser.add_argument("--picture", help="picture file to search with; a red disc by default")
    parser.add_argument("--hostile-item", metavar="ID", help=f"id of an item named {HOSTILE_NAME}")
    parser.add_argument("--screenshots", metavar="DIR", help="write PNGs of the pages here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Browser() as browser:
        return Walk(browser, options, folder).run()


if __name__ == "__main__":
    sys.exit(main())
