/// What cleaning and splitting need to know of characters.
///
/// The tables are those of the reference's Unicode version and not this system's: a text must give the same tokens on
/// both sides, also where Unicode has grown since.
struct UnicodeTables: Sendable {
    /// What a scalar is.
    struct Properties: OptionSet, Sendable {
        let rawValue: UInt8

        /// A letter, for the splitting expression of CLIP.
        static let letter = Properties(rawValue: 1)
        /// A digit or another numeral.
        static let numeral = Properties(rawValue: 2)
        /// Neither letter, numeral nor space.
        static let other = Properties(rawValue: 4)
        /// White space.
        static let space = Properties(rawValue: 8)
        /// A letter, a numeral or the underscore.
        static let word = Properties(rawValue: 16)
        /// Has upper and lower case, and counts for the final sigma.
        static let cased = Properties(rawValue: 32)
        /// Is skipped when the surroundings of a sigma are looked at.
        static let caseIgnorable = Properties(rawValue: 64)
        /// Takes part in normalisation.
        static let normalizes = Properties(rawValue: 128)
    }

    /// What a scalar is made of, one step.
    struct Decomposition: Sendable {
        let first: UInt32
        let second: UInt32?
    }

    static let shared = UnicodeTables()

    private static let flatCount: UInt32 = 0x20000
    /// Of the scalars below ``flatCount``.
    private let flat: [UInt8]
    /// Where runs begin from ``flatCount`` on, and what they are.
    private let highRuns: [(start: UInt32, properties: UInt8)]
    let lowerCases: [UInt32: UInt32]
    let decompositions: [UInt32: Decomposition]
    /// Key: first part in the upper half, second in the lower.
    let compositions: [UInt64: UInt32]
    let combiningClasses: [UInt32: UInt8]
    /// Half-width and full-width forms but the ASCII ones.
    let widths: [UInt32: [Unicode.Scalar]]

    private init() {
        var flat: [UInt8] = []
        flat.reserveCapacity(Int(Self.flatCount))
        var highRuns: [(start: UInt32, properties: UInt8)] = []
        var position: UInt32 = 0
        for run in TableItems(UnicodeData.properties) {
            let end = position + UInt32(run[0])
            if position < Self.flatCount {
                flat += [UInt8](repeating: UInt8(run[1]), count: Int(min(end, Self.flatCount) - position))
            }
            if end > Self.flatCount { highRuns.append((max(position, Self.flatCount), UInt8(run[1]))) }
            position = end
        }
        self.flat = flat
        self.highRuns = highRuns

        var lowerCases: [UInt32: UInt32] = [:]
        for run in TableItems(UnicodeData.lowerCases) {
            for index in 0..<run[1] {
                let scalar = run[0] + index * run[2]
                lowerCases[UInt32(scalar)] = UInt32(scalar + run[3])
            }
        }
        self.lowerCases = lowerCases

        var decompositions: [UInt32: Decomposition] = [:]
        var compositions: [UInt64: UInt32] = [:]
        var scalar: UInt32 = 0
        for item in UnicodeData.decompositions.split(separator: " ") {
            let numbers = TableItems.numbers(item.hasSuffix("!") ? item.dropLast() : item)
            scalar += UInt32(numbers[0])
            let second = numbers.count > 2 ? UInt32(numbers[2]) : nil
            decompositions[scalar] = Decomposition(first: UInt32(numbers[1]), second: second)
            if let second, !item.hasSuffix("!") {
                compositions[UInt64(numbers[1]) << 32 | UInt64(second)] = scalar
            }
        }
        self.decompositions = decompositions
        self.compositions = compositions

        var combiningClasses: [UInt32: UInt8] = [:]
        var start: UInt32 = 0
        for run in TableItems(UnicodeData.combiningClasses) {
            let end = start + UInt32(run[0])
            if run[1] != 0 { for scalar in start..<end { combiningClasses[scalar] = UInt8(run[1]) } }
            start = end
        }
        self.combiningClasses = combiningClasses

        var widths: [UInt32: [Unicode.Scalar]] = [:]
        for item in TableItems(UnicodeData.widths) {
            widths[UInt32(item[0])] = item.dropFirst().compactMap { Unicode.Scalar(UInt32($0)) }
        }
        self.widths = widths
    }

    func properties(of scalar: Unicode.Scalar) -> Properties {
        if scalar.value < Self.flatCount { return Properties(rawValue: flat[Int(scalar.value)]) }
        var low = 0
        var high = highRuns.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if highRuns[middle].start <= scalar.value { low = middle } else { high = middle }
        }
        return Properties(rawValue: highRuns[low].properties)
    }

    /// Lower case by the rules of a whole text: a sigma at the end of a word is another one than inside it.
    func lowerCased(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
        var lower: [Unicode.Scalar] = []
        lower.reserveCapacity(text.count)
        for (index, scalar) in text.enumerated() {
            if scalar.isASCII {
                lower.append(("A"..."Z").contains(scalar) ? Unicode.Scalar(UInt8(scalar.value) + 32) : scalar)
            } else if scalar == "\u{3A3}" {
                lower.append(isFinal(at: index, in: text) ? "\u{3C2}" : "\u{3C3}")
            } else if scalar == "\u{130}" {
                lower += ["i", "\u{307}"]
            } else {
                lower.append(lowerCases[scalar.value].flatMap(Unicode.Scalar.init) ?? scalar)
            }
        }
        return lower
    }

    /// The condition Final_Sigma of the Unicode standard, section 3.13.
    private func isFinal(at index: Int, in text: [Unicode.Scalar]) -> Bool {
        let before = text[..<index].last { !properties(of: $0).contains(.caseIgnorable) }
        guard let before, properties(of: before).contains(.cased) else { return false }
        let behind = text[(index + 1)...].first { !properties(of: $0).contains(.caseIgnorable) }
        return behind.map { !properties(of: $0).contains(.cased) } ?? true
    }
}

/// Reads tables of items that spaces part, each of numbers in base 36 that points part.
struct TableItems: Sequence, IteratorProtocol {
    private var items: IndexingIterator<[Substring]>

    init(_ table: String) { items = table.split(separator: " ").makeIterator() }

    mutating func next() -> [Int]? { items.next().map(Self.numbers) }

    static func numbers(_ item: Substring) -> [Int] { item.split(separator: ".").map { Int($0, radix: 36) ?? 0 } }
}
