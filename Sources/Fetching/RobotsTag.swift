/// What `X-Robots-Tag` headers say about keeping a copy of an answer or finding it by search.
enum RobotsTag {
    private static let refusals: Set<String> = ["none", "noindex", "noimageindex", "noai", "noimageai"]
    /// Directives with a value behind a colon: everything else before a colon names a program.
    private static let valued: Set<String> = [
        "unavailable_after", "max-snippet", "max-image-preview", "max-video-preview",
    ]

    /// The directive in `values` that forbids it to `product`; nil when none does.
    ///
    /// One value is a comma-separated list; `name:` before a directive limits it, and all that follow, to that program.
    /// `now` is in seconds since 1970, for `unavailable_after`.
    static func refusal(in values: [String], product: String, now: Int) -> String? {
        for value in values {
            if let found = refusal(in: value, product: product, now: now) { return found }
        }
        return nil
    }

    private static func refusal(in value: String, product: String, now: Int) -> String? {
        var isForUs = true
        // A date in `unavailable_after` holds commas and colons: it takes the rest of the value.
        var rest = Substring(value.prefix(4096)).trimmingWhitespace()
        while !rest.isEmpty {
            let part = rest.prefix { $0 != "," }
            var directive = part.trimmingWhitespace().lowercased()[...]
            if let colon = directive.firstIndex(of: ":") {
                let name = directive[..<colon].trimmingWhitespace()
                if name == "unavailable_after", let start = rest.firstIndex(of: ":") {
                    let date = rest[rest.index(after: start)...].trimmingWhitespace()
                    return isForUs && isPast(date, now: now) ? "unavailable_after" : nil
                }
                if !valued.contains(String(name)) {
                    isForUs = name == product
                    directive = directive[directive.index(after: colon)...].trimmingWhitespace()
                    if directive.hasPrefix("unavailable_after") {
                        rest = rest[(rest.firstIndex(of: ":").map(rest.index(after:)) ?? rest.endIndex)...]
                        rest = rest.trimmingWhitespace()
                        continue
                    }
                }
            }
            if isForUs, refusals.contains(String(directive)) { return String(directive) }
            rest = part.endIndex < rest.endIndex ? rest[rest.index(after: part.endIndex)...] : ""
            rest = rest.trimmingWhitespace()
        }
        return nil
    }

    /// Also of the form `2025-09-21` that the directive allows beside those of HTTP.
    private static func isPast(_ date: some StringProtocol, now: Int) -> Bool {
        if let seconds = HTTPDate.seconds(date) { return seconds < now }
        let parts = date.prefix(10).split(separator: "-").compactMap { Int($0) }
        guard parts.count == 3, (1970...9999).contains(parts[0]), (1...12).contains(parts[1]) else { return false }
        let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let day = parts[2] < 10 ? "0\(parts[2])" : "\(parts[2])"
        let text = "Sun, \(day) \(names[parts[1] - 1]) \(parts[0]) 00:00:00 GMT"
        return HTTPDate.seconds(text).map { $0 < now } ?? false
    }
}
