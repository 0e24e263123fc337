package import Core
import Glibc

/// Reads media from files below one folder.
///
/// Media URIs are paths relative to the root. Whatever leaves it (absolute paths, `..`, symbolic links) is refused, and
/// so is everything that is no regular file.
package struct FolderFetcher: MediaFetcher {
    /// Absolute, without symbolic links.
    private let root: String
    private let maximumBytes: Int
    private let pool: BlockingPool

    /// Opens the folder `root`.
    ///
    /// Throws: ``FetchError`` (`missingFile`) when there is no such folder. Blocks for one look-up.
    package init(root: String, limits: MediaLimits = MediaLimits(), pool: BlockingPool) throws(FetchError) {
        guard let path = realpath(root, nil) else {
            throw FetchError(
                .missingFile, "The folder \(root) cannot be opened: \(String(cString: strerror(errno))).",
                isRetryable: true)
        }
        defer { free(path) }
        self.root = String(cString: path)
        maximumBytes = limits.maximumBytes
        self.pool = pool
    }

    package func fetch(_ uri: String) async throws(FetchError) -> FetchedMedia {
        let result: Result<FetchedMedia, FetchError>
        do {
            result = try await pool.run { Result { () throws(FetchError) in try read(uri) } }
        } catch {
            throw FetchError(.unreadableFile, "\(uri) could not be read.", cause: error)
        }
        return try result.get()
    }

    /// Blocks.
    private func read(_ path: String) throws(FetchError) -> FetchedMedia {
        let components = path.split(separator: "/", omittingEmptySubsequences: false)
        guard !path.isEmpty, !path.hasPrefix("/"), !components.contains(".."), !path.utf8.contains(0) else {
            throw FetchError(.notAFile, "\(path) is no path inside the folder.")
        }
        // This opens nothing but a place: no device is touched and no pipe waits before we know what it is.
        let place = try OpenFile("\(root)/\(path)", flags: OpenFile.placeOnly | O_CLOEXEC, name: path)
        let status = try place.status(name: path)
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw FetchError(.notAFile, "\(path) is no regular file.")
        }
        guard let target = place.path, target.hasPrefix(root == "/" ? "/" : root + "/") else {
            throw FetchError(.notAFile, "\(path) leads out of the folder.")
        }
        guard Int(status.st_size) <= maximumBytes else { throw tooLarge(path) }
        let file = try OpenFile(
            place.reopenPath, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, name: path)
        let bytes = try file.read(expecting: Int(status.st_size), atMost: maximumBytes, name: path)
        guard let bytes else { throw tooLarge(path) }
        guard !bytes.isEmpty else { throw FetchError(.invalidResponse, "\(path) is empty.") }
        return FetchedMedia(bytes: bytes, sourceURL: target, contentType: nil)
    }

    private func tooLarge(_ path: String) -> FetchError {
        FetchError(.tooLarge, "\(path) is larger than \(maximumBytes) bytes.")
    }
}
