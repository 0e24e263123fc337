package import Catalog
import Core
package import Fetching
import Synchronization

/// Chooses who reads an item's media: a folder's own reader for folders, the web for all others.
///
/// Only folders reach files of this machine, and only below their root: what a contract's metadata says is never a
/// path.
package final class MediaRouter: Sendable {
    private let web: any MediaFetcher
    private let files = BlockingPool(name: "files", width: 2)
    private let folders = Mutex<[String: FolderFetcher]>([:])

    package init(web: any MediaFetcher) { self.web = web }

    /// The reader for an item's media.
    ///
    /// Throws: `FetchError` when the item's folder cannot be opened, for example because its disk is not mounted.
    package func fetcher(for item: PendingItem) throws(FetchError) -> any MediaFetcher {
        guard item.kind == .folder else { return web }
        if let known = folders.withLock({ $0[item.origin] }) { return known }
        let fetcher = try FolderFetcher(root: item.origin, pool: files)
        folders.withLock { $0[item.origin] = fetcher }
        return fetcher
    }
}
