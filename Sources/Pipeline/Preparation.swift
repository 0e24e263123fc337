import CLIP
import Catalog
import Core
import Fetching
import Imaging

/// Fetches one item's picture and shrinks it.
struct Preparation: Sendable {
    let media: MediaRouter
    let shrinker: any PictureShrinking
    let model: CLIPModel
    let progress: RunProgress

    /// Tries the item's media URIs in order and takes the first that gives a picture.
    ///
    /// When none does, the failure is that of the first one: it is what the metadata calls the picture.
    func prepare(_ item: PendingItem) async -> Result<PreparedItem, PreparationFailure> {
        var failure: PreparationFailure?
        for uri in item.mediaURIs {
            switch await prepare(item, uri: uri) {
            case .success(let prepared):
                progress.add(.fetch, done: 1)
                progress.add(.shrink, done: 1)
                return .success(prepared)
            case .failure(let reason):
                if failure == nil { failure = reason }
            }
        }
        let reason =
            failure
            ?? PreparationFailure(
                stage: .fetch, code: "noMedia", reason: "The metadata names no picture.", isRetryable: false)
        if reason.stage == .shrink { progress.add(.fetch, done: 1) }
        progress.add(reason.stage, failed: 1)
        return .failure(reason)
    }

    private func prepare(_ item: PendingItem, uri: String) async -> Result<PreparedItem, PreparationFailure> {
        do {
            let media = try await media.fetcher(for: item).fetch(uri)
            let shrunk = try await shrinker.shrink(media.bytes)
            return .success(
                PreparedItem(
                    picture: PreparedPicture(
                        key: item.key, revision: item.revision, stored: shrunk.picture, encoded: shrunk.encoded,
                        // A folder's place on this machine is nobody's business who only looks at its pictures.
                        sourceURL: item.kind == .folder ? uri : media.sourceURL),
                    tensor: model.preprocess(shrunk.image)))
        } catch let error as FetchError {
            return .failure(
                PreparationFailure(
                    stage: .fetch, code: "\(error.code)", reason: error.message, isRetryable: error.isRetryable))
        } catch let error as ImagingError {
            return .failure(
                PreparationFailure(
                    stage: .shrink, code: "\(error.code)", reason: error.message, isRetryable: !error.isFinal))
        } catch {
            return .failure(
                PreparationFailure(stage: .shrink, code: "unknown", reason: "\(error)", isRetryable: true))
        }
    }
}
