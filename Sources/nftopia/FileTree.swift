import Foundation

/// The files in a folder and in those below it.
struct FileTree {
    /// Full paths and bytes; none when there is no such folder.
    let files: [(path: String, byteCount: Int)]

    init(_ path: String) {
        let keys: [URLResourceKey] = [.isRegularFileKey, .fileSizeKey]
        let found = FileManager.default.enumerator(
            at: URL(fileURLWithPath: path), includingPropertiesForKeys: keys)
        var files: [(String, Int)] = []
        for case let file as URL in found ?? .init() {
            guard let values = try? file.resourceValues(forKeys: Set(keys)), values.isRegularFile == true else {
                continue
            }
            files.append((file.path, values.fileSize ?? 0))
        }
        self.files = files
    }

    var byteCount: Int { files.reduce(0) { $0 + $1.byteCount } }
}
