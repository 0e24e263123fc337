import Core
import Foundation
import Logging

/// Results go to stdout; notes, progress and errors to stderr.
enum Console {
    static func write(_ text: String, to file: FileHandle = .standardOutput) {
        // A closed pipe (`nftopia search … | head -1`) is the reader's choice, not an error.
        try? file.write(contentsOf: Data(text.utf8))
    }

    static func line(_ text: String) { write(text + "\n") }

    static func note(_ text: String) { write(text + "\n", to: .standardError) }

    static func fail(_ message: String, cause: (any Error)?) {
        note("error: " + printable(message))
        if let cause, verbose { note("  cause: " + printable("\(cause)")) }
    }

    static func json(
        _ value: some Encodable, pretty: Bool = true, keys: JSONEncoder.KeyEncodingStrategy = .useDefaultKeys
    ) throws {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = keys
        encoder.outputFormatting =
            pretty ? [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes] : [.withoutEscapingSlashes]
        line(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// Names are hostile text: control characters could move the cursor or retitle the terminal.
    static func printable(_ text: String) -> String {
        String(
            text.unicodeScalars.map { scalar in
                scalar.properties.generalCategory == .control || misleading.contains(scalar)
                    ? "\u{FFFD}" : Character(scalar)
            })
    }

    /// Marks that turn the direction of text, and line breaks that are no control characters.
    private static let misleading: Set<Unicode.Scalar> = [
        "\u{061C}", "\u{200E}", "\u{200F}", "\u{2028}", "\u{2029}",
        "\u{202A}", "\u{202B}", "\u{202C}", "\u{202D}", "\u{202E}", "\u{2066}", "\u{2067}", "\u{2068}", "\u{2069}",
    ]

    private static var verbose: Bool { CommandLine.arguments.contains { $0 == "-v" || $0 == "--verbose" } }
}

/// Counts and times for people.
enum Readable {
    /// `18,121`.
    static func count(_ number: Int) -> String {
        var digits = String(number.magnitude)
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return (number < 0 ? "-" : "") + ([digits] + groups).joined(separator: ",")
    }

    /// `1 item`, `2 items`.
    static func count(_ number: Int, _ noun: String) -> String { "\(count(number)) \(noun)\(number == 1 ? "" : "s")" }

    /// `0:07`, `12:34`, `1:02:03`.
    static func time(_ duration: Duration) -> String {
        let seconds = Int(duration.components.seconds)
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60)
        let tail = (seconds % 60 < 10 ? "0" : "") + "\(seconds % 60)"
        return hours > 0 ? "\(hours):\(minutes < 10 ? "0" : "")\(minutes):\(tail)" : "\(minutes):\(tail)"
    }

    /// `12.3 MB`.
    static func bytes(_ count: Int) -> String {
        var value = Double(count)
        for unit in ["B", "kB", "MB", "GB"] {
            if value < 1000 { return unit == "B" ? "\(count) B" : String(format: "%.1f %@", value, unit) }
            value /= 1000
        }
        return String(format: "%.1f TB", value)
    }
}
