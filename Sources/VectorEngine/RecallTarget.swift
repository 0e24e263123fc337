/// The share of the true best hits that searches are to find.
package enum RecallTarget: String, Sendable, CaseIterable {
    /// 90 of 100.
    case fast
    /// 95 of 100.
    case balanced = "default"
    /// 99 of 100.
    case high
    /// All of them: every vector is looked at.
    case exact

    /// From 0 to 1.
    package var share: Double {
        switch self {
        case .fast: 0.9
        case .balanced: 0.95
        case .high: 0.99
        case .exact: 1
        }
    }
}

/// What a query was made from: texts lie elsewhere than pictures do, and need more of the index looked at.
package enum QueryKind: String, Sendable, CaseIterable {
    case text, picture
}

/// When and how codes are made.
package struct CodeOptions: Sendable {
    /// Live vectors from which on an index trains a codebook; below, scanning all of them is fast enough.
    package var minimumCount = 50_000
    /// Bytes a code.
    package var codeLength = 64
    /// Lists; nil: by the number of vectors.
    package var listCount: Int?
    /// A codebook is trained anew when the index has grown by this factor since.
    package var growth = 4.0
    /// It is also trained anew when vectors lie this much further from their centroids than those that it was trained on.
    ///
    /// Squared distances.
    package var drift = 1.5
    /// Queries of each kind that plans are measured with.
    package var measuredQueries = 300
    /// Whether that happens by itself, on a thread of its own, after an upsert.
    package var isAutomatic = true

    package init() {}
}
