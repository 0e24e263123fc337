package import Core

/// One page of the vectors of an index, ascending by id.
package struct VectorPage: Sendable, Equatable {
    package struct Entry: Sendable, Equatable {
        package let id: UInt64
        /// As rounded on storing; nil unless vectors were asked for.
        package let embedding: Embedding?
    }

    package let entries: [Entry]
    /// What the next page comes after; nil when this is the last one.
    package let next: UInt64?
}
