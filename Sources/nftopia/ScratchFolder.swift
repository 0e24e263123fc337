import Foundation

/// A new folder for what a measurement leaves on disk; whoever makes it removes it in the end.
struct ScratchFolder {
    let path: String

    /// `directory`: where it is made.
    init(in directory: String = NSTemporaryDirectory()) throws {
        path = URL(fileURLWithPath: directory).appendingPathComponent("nftopia-bench-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    /// With all that is in it.
    func remove() { try? FileManager.default.removeItem(atPath: path) }
}
