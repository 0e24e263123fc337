/// What rounding to float16 lost of a vector's largest component.
///
/// In every vector of CLIP the same component is many times as large as the others (.63 of the length in the starter
/// model), and its rounding is nearly all of the error that float16 makes in a score. With these four bytes a vector,
/// scores are 15 times as exact.
///
/// As in the files: two little-endian numbers. Files are mapped and may go bad after they were checked: a component that
/// vectors do not have stands for no correction wherever one is used.
struct Correction: BitwiseCopyable, Hashable, Sendable {
    /// Bytes in a segment and in the log.
    static let length = 4

    /// Nothing was lost, or nothing of it was kept.
    static let none = Correction(component: 0, residual: 0)

    let component: UInt16
    /// A float16 that is to be added to the component.
    let residual: UInt16
}
