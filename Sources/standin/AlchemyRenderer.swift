internal import NIOCore

/// Writes a synthetic contract's pages: a template with the few places where items differ.
struct AlchemyRenderer: Sendable {
    private enum Slot { case token, hexToken, digest, attributes, end }

    let contract: AlchemyContract
    private let isVersion2: Bool
    private let template: [UInt8]
    /// The ends of the template's pieces and what comes behind each.
    private let pieces: [(end: Int, slot: Slot)]

    init(contract: AlchemyContract, isVersion2: Bool) {
        self.contract = contract
        self.isVersion2 = isVersion2
        let text = isVersion2 ? AlchemyTemplate.version2(contract) : AlchemyTemplate.version3(contract)
        var template: [UInt8] = []
        var pieces: [(end: Int, slot: Slot)] = []
        // `§T`, `§H`, `§D` and `§A` stand for what differs.
        let parts = text.split(separator: "§", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if index > 0 {
                let slot: Slot =
                    switch part.first {
                    case "T": .token
                    case "H": .hexToken
                    case "D": .digest
                    default: .attributes
                    }
                pieces.append((template.count, slot))
            }
            template += Array((index > 0 ? part.dropFirst() : part).utf8)
        }
        pieces.append((template.count, .end))
        self.template = template
        self.pieces = pieces
    }

    /// The page of up to `limit` items that begins at `start`, with the position behind it.
    func page(start: Int, limit: Int) -> ByteBuffer {
        let first = contract.repeatsTokens && start > 0 ? start - 1 : start
        let end = min(first + limit, contract.itemCount)
        var buffer = ByteBuffer()
        buffer.reserveCapacity((end - first) * (template.count + 900) + 256)
        buffer.writeStaticString(#"{"nfts":["#)
        for index in first..<max(first, end) {
            if index > first { buffer.writeInteger(UInt8(ascii: ",")) }
            if let oddity = AlchemyOddity.of(contract, index) {
                AlchemyOddItem(contract: contract, index: index, isVersion2: isVersion2).write(oddity, to: &buffer)
            } else {
                write(index, to: &buffer)
            }
        }
        buffer.writeStaticString("]")
        let name = isVersion2 || contract.usesNextToken ? "nextToken" : "pageKey"
        if end < contract.itemCount {
            buffer.writeString(",\"\(name)\":\"\(AlchemyPosition.text(end))\"")
        } else {
            switch contract.end {
            case .absent: break
            case .null: buffer.writeString(",\"\(name)\":null")
            case .empty: buffer.writeString(",\"\(name)\":\"\"")
            }
        }
        buffer.writeStaticString("}")
        return buffer
    }

    private func write(_ index: Int, to buffer: inout ByteBuffer) {
        let token = contract.token(index)
        let random = Mixing.mixed(contract.seed &+ UInt64(index) &* 31)
        var start = 0
        for piece in pieces {
            buffer.writeBytes(template[start..<piece.end])
            start = piece.end
            switch piece.slot {
            case .token: buffer.writeString(token)
            case .hexToken: buffer.writeString(AlchemyPosition.hexToken(token))
            case .digest: buffer.writeString(Mixing.hex(random))
            case .attributes: AlchemyTemplate.writeAttributes(random, to: &buffer)
            case .end: break
            }
        }
    }
}

/// Positions behind a page: 64 hexadecimal digits, as the real service writes them.
enum AlchemyPosition {
    static func text(_ index: Int) -> String {
        let hex = String(index, radix: 16)
        return "0x" + String(repeating: "0", count: 64 - hex.count) + hex
    }

    /// The number as version 2 writes it; numbers of 78 digits stay decimal, which it does at times too.
    static func hexToken(_ token: String) -> String { Int(token).map(text) ?? token }

    /// Reads a position; a shorter number is the number of a token.
    static func index(_ text: some StringProtocol, in contract: AlchemyContract) -> Int? {
        if text.hasPrefix("0x"), text.utf8.count == 66 {
            return Int(text.dropFirst(2), radix: 16).map { min($0, contract.itemCount) }
        }
        let number = text.hasPrefix("0x") ? Int(text.dropFirst(2), radix: 16) : Int(text)
        return number.flatMap { $0 >= 0 ? contract.index(startingAt: $0) : nil }
    }
}
