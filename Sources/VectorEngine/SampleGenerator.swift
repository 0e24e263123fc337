/// Numbers that look random and are the same every time (SplitMix64).
struct SampleGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func next(below limit: Int) -> Int { Int(next() % UInt64(limit)) }

    /// -1 to 1.
    mutating func nextFloat() -> Float { Float(Int32(truncatingIfNeeded: next() >> 32)) / 0x1p31 }

    /// `count` different numbers below `limit`, in random order; all of them when as many are wanted.
    mutating func choose(_ count: Int, of limit: Int) -> [Int] {
        var chosen: [Int] = []
        chosen.reserveCapacity(count)
        // Each part of the range gives one, so none comes twice; then they are shuffled.
        for index in 0..<count {
            let low = limit * index / count
            let high = max(limit * (index + 1) / count, low + 1)
            chosen.append(low + next(below: high - low))
        }
        for index in chosen.indices.dropFirst().reversed() { chosen.swapAt(index, next(below: index + 1)) }
        return chosen
    }
}
