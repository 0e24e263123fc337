/// Zeros, deflated (RFC 1951) as tightly as the format can: 1,032 to a byte.
///
/// One block with codes of its own: one bit says "258 times", one bit says "the byte before". So the long middle of the
/// stream is made of zero bytes as well and need not be kept.
struct DeflatedZeros {
    /// The block's header, its codes and the first zero.
    let start: [UInt8]
    /// How many zero bytes follow.
    let middle: Int
    /// The last zeros and the end of the block.
    let end: [UInt8]

    init(_ count: Int) {
        precondition(count > 5000, "for bombs only")
        var bits = BitWriter()
        bits.write(1, 1)  // the last block
        bits.write(2, 2)  // with codes of its own
        bits.write(29, 5)  // 286 literals and lengths
        bits.write(0, 5)  // 1 distance
        bits.write(14, 4)  // 18 lengths of code length codes, in their odd order
        // 16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1: 18 has one bit, 1 and 2 have two.
        for length in [0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 2] { bits.write(length, 3) }
        func zeros(_ count: Int) {
            bits.writeCode(0b0, 1)
            bits.write(count - 11, 7)
        }
        bits.writeCode(0b11, 2)  // literal 0: two bits
        zeros(138)
        zeros(117)
        bits.writeCode(0b11, 2)  // end of block: two bits
        zeros(28)
        bits.writeCode(0b10, 2)  // length 258: one bit
        bits.writeCode(0b10, 2)  // distance 1: one bit
        bits.writeCode(0b10, 2)  // the first zero
        // A repetition is two zero bits: only how many bits there are matters, not where a byte ends.
        let (repetitions, literals) = (count - 1).quotientAndRemainder(dividingBy: 258)
        var zeroBits = repetitions * 2
        while !bits.bitCount.isMultiple(of: 8) {
            bits.write(0, 1)
            zeroBits -= 1
        }
        start = bits.flushed
        middle = zeroBits / 8
        var tail = BitWriter()
        tail.write(0, zeroBits % 8)
        for _ in 0..<literals { tail.writeCode(0b10, 2) }
        tail.writeCode(0b11, 2)
        end = tail.flushed
    }
}

/// Bits in the order of deflate: from the lowest of each byte; codes with their highest bit first.
struct BitWriter {
    private var bytes: [UInt8] = []
    private var partial: UInt8 = 0
    private(set) var bitCount = 0

    mutating func write(_ value: Int, _ width: Int) {
        for bit in 0..<width { append(UInt8(value >> bit & 1)) }
    }

    mutating func writeCode(_ code: Int, _ width: Int) {
        for bit in (0..<width).reversed() { append(UInt8(code >> bit & 1)) }
    }

    private mutating func append(_ bit: UInt8) {
        partial |= bit << UInt8(bitCount % 8)
        bitCount += 1
        if bitCount.isMultiple(of: 8) {
            bytes.append(partial)
            partial = 0
        }
    }

    /// All bytes, the last one filled up with zeros.
    var flushed: [UInt8] { bitCount.isMultiple(of: 8) ? bytes : bytes + [partial] }
}
