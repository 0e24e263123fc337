/// Room for numbers, aligned to cache lines.
///
/// `@unchecked Sendable`: whoever makes it fills it before sharing it; after that it is only read.
final class AlignedMemory<Element: BitwiseCopyable>: @unchecked Sendable {
    let base: UnsafeMutablePointer<Element>
    let count: Int

    /// `count` elements whose bytes are all zero.
    init(zeros count: Int) {
        self.count = count
        let byteCount = max(count * MemoryLayout<Element>.stride, 1)
        let memory = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 64)
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
        base = memory.assumingMemoryBound(to: Element.self)
    }

    convenience init(_ values: some Collection<Element>) {
        self.init(zeros: values.count)
        for (index, value) in values.enumerated() { base[index] = value }
    }

    deinit { UnsafeMutableRawPointer(base).deallocate() }

    subscript(_ index: Int) -> Element { base[index] }

    var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base, count: count * MemoryLayout<Element>.stride)
    }
}
