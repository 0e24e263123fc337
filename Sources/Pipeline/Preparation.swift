import Catalog
import Core
import Fetching
import Imaging

/// Fetches one item's picture and shrinks it.
struct Preparation: Sendable {
    let media: MediaRouter
    let shrinker: any PictureShrinking
    let progress: RunProgress
    /// Bounds the pictures that are shrunk and not handed on yet: each is a megabyte or two.
    let shrunk: AsyncSemaphore

    /// Tries the item's media URIs in order, and gives `take` the first picture among them.
    ///
    /// When there is none, the failure is that of the first one: it is what the metadata calls the picture.
    func prepare<Value: Sendable>(
        _ item: PendingItem, take: @Sendable (ShrunkItem) async -> Value
    ) async -> Result<Value, PreparationFailure> {
        var failure: PreparationFailure?
        var attempts: [FetchAttempt] = []
        for uri in item.mediaURIs {
            do {
                let media = try await fetch(item, uri: uri)
                attempts += media.attempts
                let value = try await shrunk.withPlace { () async throws(PreparationFailure) in
                    await take(try await shrink(media, of: item, uri: uri, attempts: attempts))
                }
                return .success(value)
            } catch {
                attempts += error.attempts
                if failure == nil { failure = error }
            }
        }
        var reason =
            failure
            ?? PreparationFailure(
                stage: .fetch, code: "noMedia", reason: "The metadata names no picture.", isRetryable: false)
        reason.attempts = attempts
        if reason.stage == .shrink { progress.add(.fetch, done: 1) }
        progress.add(reason.stage, failed: 1)
        return .failure(reason)
    }

    private func fetch(_ item: PendingItem, uri: String) async throws(PreparationFailure) -> FetchedMedia {
        do {
            return try await media.fetcher(for: item).fetch(uri)
        } catch {
            throw PreparationFailure(
                stage: .fetch, code: "\(error.code)", reason: error.message, isRetryable: error.isRetryable,
                retryAfter: error.retryAfter, attempts: error.attempts)
        }
    }

    private func shrink(
        _ media: FetchedMedia, of item: PendingItem, uri: String, attempts: [FetchAttempt]
    ) async throws(PreparationFailure) -> ShrunkItem {
        do {
            let shrunk = try await shrinker.shrink(media.bytes)
            progress.add(.fetch, done: 1)
            progress.add(.shrink, done: 1)
            return ShrunkItem(
                picture: PreparedPicture(
                    key: item.key, revision: item.revision, stored: shrunk.picture, encoded: shrunk.encoded,
                    // A folder's place on this machine is nobody's business who only looks at its pictures.
                    sourceURL: item.kind == .folder ? uri : media.sourceURL, attempts: attempts),
                image: shrunk.image)
        } catch {
            throw PreparationFailure(
                stage: .shrink, code: "\(error.code)", reason: error.message, isRetryable: !error.isFinal)
        }
    }
}
