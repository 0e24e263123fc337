internal import Core
internal import Foundation

/// Folders of models as a Hugging Face-shaped service knows them.
struct ModelShelf: Sendable {
    struct File: Sendable {
        let path: String
        let data: Data
        /// The name that Git gives the contents.
        let blob: String
        /// SHA-256 of files that are stored as linked objects: the large ones.
        let linked: String?
    }

    struct Repository: Sendable {
        /// 40 hexadecimal digits, the same for the same files.
        let commit: String
        let files: [File]
    }

    /// From this size on, files are linked objects.
    private static let linkedSize = 100_000

    /// By `owner/name`.
    let repositories: [String: Repository]
    /// By SHA-256.
    let linked: [String: Data]

    init(folder: String) throws {
        let files = FileManager.default
        var repositories: [String: Repository] = [:]
        var linked: [String: Data] = [:]
        for owner in try files.contentsOfDirectory(atPath: folder).sorted() {
            for name in try files.contentsOfDirectory(atPath: "\(folder)/\(owner)").sorted() {
                let repository = try Self.repository("\(folder)/\(owner)/\(name)")
                for file in repository.files { if let digest = file.linked { linked[digest] = file.data } }
                repositories["\(owner)/\(name)"] = repository
            }
        }
        self.repositories = repositories
        self.linked = linked
    }

    private static func repository(_ folder: String) throws -> Repository {
        let root = URL(fileURLWithPath: folder).resolvingSymlinksInPath().path
        var found: [File] = []
        for path in FileManager.default.enumerator(atPath: root)?.compactMap({ $0 as? String }).sorted() ?? [] {
            let full = URL(fileURLWithPath: "\(root)/\(path)").resolvingSymlinksInPath().path
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: full, isDirectory: &isFolder), !isFolder.boolValue else {
                continue
            }
            let data = try Data(contentsOf: URL(fileURLWithPath: full), options: .mappedIfSafe)
            found.append(
                File(
                    path: path, data: data, blob: FileDigest.gitBlob(ofFileAt: full)?.hex ?? "",
                    linked: data.count >= linkedSize ? FileDigest.sha256(ofFileAt: full)?.hex : nil))
        }
        let names = found.map { "\($0.path) \($0.blob)\n" }.joined()
        return Repository(commit: String(ContentHash(of: Array(names.utf8)).hex.prefix(40)), files: found)
    }
}
