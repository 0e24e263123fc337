/// Our own tiny pictures that make a worker load what is loaded on first use, before it is locked.
enum WarmUpSamples {
    static let all: [[UInt8]] = [gif, Array(drawing.utf8)]

    /// A white GIF of one pixel.
    private static let gif: [UInt8] = [
        0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 1, 0, 1, 0, 0x80, 0, 0, 255, 255, 255, 0, 0, 0, 0x2C, 0, 0, 0, 0, 1, 0, 1,
        0, 0, 2, 2, 0x44, 1, 0, 0x3B,
    ]

    /// Text in the three generic fonts, with letters beyond ASCII, and an embedded PNG of one pixel.
    private static let drawing = """
        <svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="80" height="80">
        <text y="20" font-family="sans-serif">Aa</text><text y="40" font-family="serif" font-weight="bold">Aa é</text>
        <text y="60" font-family="monospace" font-style="italic">Aa Ω ☃</text>
        <image width="9" height="9" xlink:href="data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAAD\
        UlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="/></svg>
        """
}
