import Core
import Foundation

/// Pages of made-up items that look like what contracts give, the same for the same seed.
///
/// Collections have very different sizes (Zipf's law with exponent 0.6: with 22,000 of them the largest has 1/140 of
/// all items) and are read side by side, as collecting does; tokens ascend.
struct SyntheticReferences: Sequence, IteratorProtocol {
    private struct Reading {
        let collection: Int
        var next: Int
        let end: Int
    }

    private static let pageSize = 100
    private var waiting: [(collection: Int, size: Int)] = []
    private var reading: [Reading] = []
    private var turn = 0
    private var generator: SplitMix64
    private let width: Int

    init(items: Int, collections: Int, width: Int, seed: UInt64) {
        generator = SplitMix64(state: seed)
        self.width = width
        let weights = (1...collections).map { 1 / pow(Double($0), 0.6) }
        let total = weights.reduce(0, +)
        var left = items
        for (index, weight) in weights.enumerated() where left > 0 {
            let size = Swift.min(left, Swift.max(1, Int((Double(items) * weight / total).rounded())))
            waiting.append((index, size))
            left -= size
        }
        if left > 0, !waiting.isEmpty { waiting[0].size += left }
        waiting.shuffle(using: &generator)
    }

    mutating func next() -> ReferencePage? {
        while reading.count < width, let collection = waiting.popLast() {
            reading.append(Reading(collection: collection.collection, next: 0, end: collection.size))
        }
        guard !reading.isEmpty else { return nil }
        turn = turn >= reading.count ? 0 : turn
        let current = reading[turn]
        let end = Swift.min(current.next + Self.pageSize, current.end)
        let page = page(of: current.collection, tokens: current.next..<end, isLast: end == current.end)
        reading[turn].next = end
        if end == current.end {
            reading.remove(at: turn)
        } else {
            turn += 1
        }
        return page
    }

    // MARK: Contents

    private mutating func page(of collection: Int, tokens: Range<Int>, isLast: Bool) -> ReferencePage {
        // A collection's traits are its own, its media lie in one folder: both depend on its number alone.
        var own = SplitMix64(state: UInt64(collection) &* 0x9E37_79B9_7F4A_7C15)
        let words = Self.words
        let title = (0..<4).map { _ in words[own.below(words.count)] }.joined(separator: " ")
        let traits = (0..<8).map { _ in "\(words[own.below(words.count)]) \(words[own.below(words.count)])" }
        let folder = String((0..<44).map { _ in Self.alphabet[own.below(Self.alphabet.count)] })
        let host = own.below(5) == 0 ? "media\(own.below(300)).example" : nil
        let items = tokens.map { token in
            let uri = host.map { "https://\($0)/\(folder)/\(token).png" } ?? "ipfs://Qm\(folder)/\(token).png"
            return ItemReference(
                token: "\(token)", name: "\(title) and a few more words for its name #\(token)", mediaURIs: [uri],
                attributes: traits.map { trait in
                    Attribute(trait: trait, value: "\(words[generator.below(24)]) \(words[generator.below(12)])")
                },
                version: "2022-06-\(10 + token % 20)T12:\(10 + token % 50):07.\(100 + generator.below(900))Z",
                origin: host.map { MediaOrigin(kind: .http, host: $0) } ?? MediaOrigin(kind: .ipfs))
        }
        return ReferencePage(
            collection: CollectionDescription(
                id: "eth-mainnet/0x" + Self.hexadecimal(collection), kind: .contract, title: title,
                slug: "collection-\(collection)", origin: "https://eth-mainnet.g.alchemy.com"),
            items: items, nextCursor: isLast ? nil : "\(tokens.upperBound)")
    }

    private static func hexadecimal(_ number: Int) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 40 - digits.count) + digits
    }

    private static let alphabet = Array("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz")
    private static let words = [
        "Golden", "Midnight", "Cyber", "Pixel", "Laser", "Cosmic", "Bored", "Mutant", "Neon", "Royal", "Frozen",
        "Desert", "Ocean", "Shadow", "Crystal", "Robot", "Zombie", "Alien", "Crown", "Hoodie", "Sunglasses", "Cigar",
        "Background", "Fur", "Mouth", "Eyes", "Headwear", "Clothing", "Earring", "Aquamarine", "Trippy", "Dagger",
    ]
}

/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }

    /// A number below `bound`; uniform enough for made-up data.
    mutating func below(_ bound: Int) -> Int { Int(next() >> 33) % bound }
}
