import Catalog
import Core
import VectorEngine

/// An item that went as far as it can: with its picture and vector, or with the reason why not.
enum FinishedItem: Sendable {
    case embedded(PreparedPicture, Embedding)
    case failed(PendingItem, PreparationFailure)

    var key: Int64 {
        switch self {
        case .embedded(let picture, _): picture.key
        case .failed(let item, _): item.key
        }
    }

    var picture: PreparedPicture? {
        if case .embedded(let picture, _) = self { picture } else { nil }
    }

    var entry: VectorEntry? {
        guard case .embedded(let picture, let embedding) = self else { return nil }
        return VectorEntry(id: UInt64(picture.key), embedding: embedding)
    }

    var attempts: [FetchAttempt] {
        switch self {
        case .embedded(let picture, _): picture.attempts
        case .failed(_, let failure): failure.attempts
        }
    }

    var outcome: ItemOutcome {
        switch self {
        case .embedded(let picture, _):
            .searchable(
                key: picture.key, revision: picture.revision, picture: picture.stored, sourceURL: picture.sourceURL)
        case .failed(let item, let failure):
            .failed(
                key: item.key, revision: item.revision, stage: failure.stage, code: failure.code,
                reason: failure.reason, isRetryable: failure.isRetryable, retryAfter: failure.retryAfter)
        }
    }
}

/// A shrunk picture on its way to the disk.
struct PreparedPicture: Sendable {
    let key: Int64
    let revision: Int
    let stored: StoredPicture
    let encoded: [UInt8]
    let sourceURL: String
    /// What was asked for on the way to it, for the ledger.
    let attempts: [FetchAttempt]
}

/// A shrunk picture and its pixels: those that were encoded, from the one decode.
struct ShrunkItem: Sendable {
    let picture: PreparedPicture
    let image: RGBImage
}

/// Why an item's picture could not be had.
struct PreparationFailure: Error {
    let stage: Stage
    let code: String
    let reason: String
    let isRetryable: Bool
    var retryAfter: Duration?
    var attempts: [FetchAttempt] = []
}
