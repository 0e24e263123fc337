#if !_endian(little)
#error("the files of an index are little-endian and mapped as they are")
#endif

extension [UInt8] {
    /// Appends the little-endian bytes of a number.
    mutating func append(littleEndian value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.littleEndian) { self.append(contentsOf: $0) }
    }
}

extension UnsafeRawBufferPointer {
    /// The little-endian number at `offset`, which must lie inside with all its bytes.
    func number<Number: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: Number.Type = Number.self)
        -> Number
    { Number(littleEndian: loadUnaligned(fromByteOffset: offset, as: type)) }
}
