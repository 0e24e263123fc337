/// A synthetic contract: all that it says follows from the seed and its number.
struct AlchemyContract: Sendable {
    /// How token numbers are given out.
    enum Numbering: Sendable {
        case fromZero, fromOne
        /// Rising with gaps.
        case sparse
        /// 78 digits.
        case wide
    }

    /// How the last page says that it is the last.
    enum End: Sendable { case absent, null, empty }

    let number: Int
    let seed: UInt64
    /// `0x` and forty digits.
    let address: String
    let network: String
    let itemCount: Int
    let numbering: Numbering
    let end: End
    /// Whether positions are called `nextToken` in version 3 too.
    let usesNextToken: Bool
    /// Whether each page but the first begins with the last token of the one before.
    let repeatsTokens: Bool
    let isERC721: Bool

    private static let networks = [
        "polygon-mainnet", "base-mainnet", "arb-mainnet", "opt-mainnet", "zora-mainnet",
    ]

    init(number: Int, seed: UInt64, largest: Int) {
        let root = Mixing.mixed(seed ^ (UInt64(number) &* 0xD6E8_FEB8_6659_FD93))
        self.number = number
        self.seed = root
        let digits = (1...3).map { Mixing.hex(Mixing.mixed(root &+ UInt64($0))) }.joined()
        address = "0x" + digits.prefix(40)
        let place = Mixing.mixed(root &+ 10) % 100
        network = place < 75 ? "eth-mainnet" : Self.networks[Int(place) % Self.networks.count]
        itemCount = Self.size(Mixing.mixed(root &+ 11), number: number, largest: largest)
        numbering =
            switch Mixing.mixed(root &+ 12) % 100 {
            case 0..<50: .fromZero
            case 50..<85: .fromOne
            case 85..<97: .sparse
            default: .wide
            }
        end = [.absent, .null, .empty][Int(Mixing.mixed(root &+ 13) % 3)]
        usesNextToken = Mixing.mixed(root &+ 14) % 5 == 0
        repeatsTokens = Mixing.mixed(root &+ 15) % 20 == 0
        isERC721 = Mixing.mixed(root &+ 16) % 4 != 0
    }

    /// Many small ones, some of ten thousand, two huge: the shape of the real distribution, not its numbers.
    private static func size(_ random: UInt64, number: Int, largest: Int) -> Int {
        let fine = Int(random >> 20)
        let size =
            switch random % 1000 {
            case 0..<720: 1 + fine % 100
            case 720..<920: 100 + fine % 200
            case 920..<990: 300 + fine % 900
            case 990..<999: 1000 + fine % 1000
            default: 10_000
            }
        return min(number < 2 ? largest : size, largest)
    }

    private static let widePrefix = "1157920892373161954235709850086879078532699846656405640394575840079131"

    /// The decimal number of the token at `index`; rises with the index.
    func token(_ index: Int) -> String {
        switch numbering {
        case .fromZero: return "\(index)"
        case .fromOne: return "\(index + 1)"
        case .sparse: return "\(sparse(index))"
        case .wide:
            let digits = "\(index)"
            return Self.widePrefix + String(repeating: "0", count: 8 - digits.count) + digits
        }
    }

    private func sparse(_ index: Int) -> Int { index * 7 + Int(Mixing.mixed(seed &+ UInt64(index)) % 7) }

    /// The index of the first token whose number is not below `start`, a small decimal number.
    func index(startingAt start: Int) -> Int {
        switch numbering {
        case .fromZero: return min(start, itemCount)
        case .fromOne: return min(max(0, start - 1), itemCount)
        case .wide: return 0
        case .sparse:
            let index = start / 7
            return min(sparse(index) >= start ? index : index + 1, itemCount)
        }
    }
}

/// SplitMix64 and its digits.
enum Mixing {
    /// Neighbouring numbers give unrelated ones.
    static func mixed(_ value: UInt64) -> UInt64 {
        var z = value &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Sixteen hexadecimal digits.
    static func hex(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
