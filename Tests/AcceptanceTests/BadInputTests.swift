import Foundation
import Testing

/// What goes wrong outside gives one clear sentence, and one bad item never ends a run.
@Suite(.tags(.slow), .timeLimit(.minutes(5))) struct BadInputTests {
    private let scratch: Scratch
    private let library: Library

    init() throws {
        scratch = try Scratch()
        library = Library(path: scratch.path + "/library")
    }

    private func file(_ name: String, _ bytes: Data) throws {
        let path = URL(fileURLWithPath: scratch.path + "/pictures/" + name)
        try FileManager.default.createDirectory(
            at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
        try bytes.write(to: path)
    }

    private func somePictures(_ count: Int) throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Programs.clipArt + "/plants")
            .filter { $0.hasSuffix(".png") }.sorted().prefix(count)
        for name in names {
            try file(name, try Data(contentsOf: URL(fileURLWithPath: Programs.clipArt + "/plants/" + name)))
        }
    }

    private func collectPictures() async throws {
        let outcome = try await library.nftopia(
            "collect", "folder", scratch.path + "/pictures", "--collection", "pictures")
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    @Test func `bad pictures are recorded with stage and reason, the others become searchable`() async throws {
        try somePictures(5)
        let whole = try Data(
            contentsOf: URL(fileURLWithPath: scratch.path + "/pictures").appendingPathComponent(
                try #require(
                    try FileManager.default.contentsOfDirectory(atPath: scratch.path + "/pictures").first)))
        try file("truncated.png", whole.prefix(whole.count / 2))
        try file("page.jpg", Data("<!DOCTYPE html><html><body>404</body></html>".utf8))
        try file("empty.gif", Data())
        try file("noise.webp", Data((0..<4000).map { UInt8(truncatingIfNeeded: $0 &* 7919 >> 3) }))
        try file("gone.png", whole)
        try await collectPictures()
        try FileManager.default.removeItem(atPath: scratch.path + "/pictures/gone.png")

        let ingest = try await library.nftopia("ingest")
        #expect(ingest.status == 0, "\(ingest.errors)")
        let status = try await library.nftopia("status", "--json").json()
        #expect(status["searchable"] as? Int == 5)
        #expect(status["failed"] as? Int == 5)
        let groups = try await library.nftopia("failures")
        #expect(groups.output.contains("fetch") && groups.output.contains("shrink"))
        #expect(try await library.nftopia("failures", "--reason", "notAPicture").output.contains("web page"))
        #expect(try await library.nftopia("search", "a flower").status == 0)
    }

    @Test func `each picture is decoded once, for its file and for its vector`() async throws {
        try somePictures(4)
        try await collectPictures()
        let ingest = try await library.nftopia("ingest", "--json", "--quiet").json()
        #expect(ingest["searchable"] as? Int == 4)
        #expect(ingest["decodes"] as? Int == 4)
        #expect(ingest["embedded"] as? Int == 4)
    }

    @Test func `an empty or absent library is named with the commands that fill it`() async throws {
        let search = try await library.nftopia("search", "ape")
        #expect(search.status == 1)
        #expect(search.errors.contains("nftopia collect"))
        #expect(search.output.isEmpty)
        let folder = try await library.nftopia("collect", "folder", "/does/not/exist", "--collection", "x")
        #expect(folder.status == 1)
        #expect(folder.errors.contains("/does/not/exist"))
    }

    @Test(
        "Wrong use ends with 2 and says what is right",
        arguments: [
            (["search"], "words"), (["collect", "folder", "/tmp", "--collection", "a/b"], "letters"),
            (["search", "x", "-k", "0"], "between 1 and 1000"), (["serve", "--port", "70000"], "65535"),
            (["similar", "nothing"], "collection/token"), (["collect", "alchemy", "--contract", "0x12"], "40"),
            (["collect", "alchemy", "--contract", Programs.punksContract], "NFTOPIA_ALCHEMY_KEY"),
            (["dance"], "dance"),
        ] as [([String], String)])
    func wrongUse(arguments: [String], hint: String) async throws {
        let outcome = await (try library.start(arguments, environment: ["NFTOPIA_ALCHEMY_KEY": ""])).outcome()
        #expect(outcome.status == 2, "\(outcome.errors)")
        #expect(outcome.errors.contains(hint), "\(outcome.errors)")
    }

    @Test func `an unknown model folder is refused before anything is written`() async throws {
        try somePictures(1)
        try await collectPictures()
        let absent = try await library.nftopia("ingest", "--model", scratch.path + "/no-model")
        #expect(absent.status == 1)
        #expect(absent.errors.contains("no-model"))
        #expect(!absent.errors.contains("Fatal"))
        let empty = scratch.path + "/empty-model"
        try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: true)
        let broken = try await library.nftopia("ingest", "--model", empty)
        #expect(broken.status == 1)
        #expect(broken.errors.contains("empty-model has no"))
        #expect(try await library.nftopia("ingest").status == 0, "the library is as it was")
    }

    @Test func `a search that names what is not there says what is`() async throws {
        try somePictures(3)
        try await collectPictures()
        #expect(try await library.nftopia("ingest", "--quiet").status == 0)
        let collection = try await library.nftopia("search", "x", "--collection", "apes")
        #expect(collection.status == 1 && collection.errors.contains("pictures"), "\(collection.errors)")
        let item = try await library.nftopia("similar", "pictures/nothing.png")
        #expect(item.status == 1 && item.errors.contains("pictures/nothing.png"), "\(item.errors)")
        let image = try await library.nftopia("search", "--image", scratch.path + "/nothing.png")
        #expect(image.status == 1 && image.errors.contains("nothing.png"), "\(image.errors)")
    }

    @Test func `a port in use is named with the option that changes it`() async throws {
        try somePictures(2)
        try await collectPictures()
        #expect(try await library.nftopia("ingest", "--quiet").status == 0)
        let first = try library.start(["serve", "--port", "0"])
        let address = try await first.line(after: "NFTopia is ready on http://127.0.0.1:")
        let port = address.trimmingCharacters(in: ["/"])
        let second = try await library.nftopia("serve", "--port", port)
        #expect(second.status == 1)
        #expect(second.errors.contains(port) && second.errors.contains("--port"), "\(second.errors)")
        first.send(SIGTERM)
        #expect(await first.outcome().status == 0, "SIGTERM is an orderly end")
    }

    @Test func `an answer that is no JSON is named, and nothing is lost`() async throws {
        try file("nft/v3/key/getNFTsForContract", Data("<html>busy</html>".utf8))
        let server = try RunningProgram(
            "/usr/bin/env",
            [
                "python3", "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory",
                scratch.path + "/pictures",
            ])
        let banner = try await server.line(after: "Serving HTTP on 127.0.0.1 port ")
        let port = try #require(banner.split(separator: " ").first)
        let outcome = await
            (try library.start(
                [
                    "collect", "alchemy", "--contract", Programs.punksContract, "--endpoint",
                    "http://127.0.0.1:\(port)",
                    "--allow-private-hosts",
                ], environment: ["NFTOPIA_ALCHEMY_KEY": "key"])).outcome()
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("JSON"), "\(outcome.errors)")
        #expect(!outcome.errors.contains("/key/"), "the key is never shown")
        server.send(SIGKILL)
    }

    @Test(.enabled(if: getuid() == 0, "mounting needs root"))
    func `a full disk ends the run with a sentence and the next run goes on`() async throws {
        try somePictures(30)
        let mount = scratch.path + "/disk"
        try FileManager.default.createDirectory(atPath: mount, withIntermediateDirectories: true)
        let mounted = await
            (try RunningProgram(
                "/usr/bin/env", ["mount", "-t", "tmpfs", "-o", "size=19m", "tmpfs", mount])).outcome()
        guard mounted.status == 0 else { return }  // a sandbox may forbid it even to root
        defer { unmount(mount) }
        let full = Library(path: mount + "/library")
        _ = try await full.nftopia("collect", "folder", scratch.path + "/pictures", "--collection", "pictures")
        let filler = URL(fileURLWithPath: mount + "/filler")
        let first = try await full.nftopia("ingest", "--quiet", "--limit", "1")
        #expect(first.status == 0 || first.errors.contains("full") || first.errors.contains("space"), "\(first.errors)")
        // Fill what is left, so that the next write of any kind fails.
        try Data().write(to: filler)
        let handle = try FileHandle(forWritingTo: filler)
        while (try? handle.write(contentsOf: Data(count: 4096))) != nil {}
        let outcome = try await full.nftopia("ingest")
        #expect(outcome.status == 1, "\(outcome.errors)")
        #expect(outcome.errors.contains("full"), "\(outcome.errors)")
        try FileManager.default.removeItem(at: filler)
        _ = await (try RunningProgram("/usr/bin/env", ["mount", "-o", "remount,size=200m", mount])).outcome()
        let again = try await full.nftopia("ingest")
        #expect(again.status == 0, "\(again.errors)")
        #expect(try await full.nftopia("status", "--json").json()["searchable"] as? Int == 30)
    }

    @Test(.enabled(if: getuid() == 0, "mounting needs root"))
    func `a read-only library can be searched and not written`() async throws {
        try somePictures(5)
        let mount = scratch.path + "/disk"
        try FileManager.default.createDirectory(atPath: mount, withIntermediateDirectories: true)
        let mounted = await
            (try RunningProgram(
                "/usr/bin/env", ["mount", "-t", "tmpfs", "-o", "size=200m", "tmpfs", mount])).outcome()
        guard mounted.status == 0 else { return }
        defer { unmount(mount) }
        let frozen = Library(path: mount + "/library")
        _ = try await frozen.nftopia("collect", "folder", scratch.path + "/pictures", "--collection", "pictures")
        #expect(try await frozen.nftopia("ingest", "--quiet").status == 0)
        _ = await (try RunningProgram("/usr/bin/env", ["mount", "-o", "remount,ro", mount])).outcome()
        let search = try await frozen.nftopia("search", "a tree", "--json")
        #expect(search.status == 0, "\(search.errors)")
        let ingest = try await frozen.nftopia("ingest")
        #expect(ingest.status == 1)
        #expect(ingest.errors.contains("read-only") || ingest.errors.contains("writ"), "\(ingest.errors)")
    }

    private func unmount(_ path: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["umount", "-l", path]
        try? process.run()
        process.waitUntilExit()
    }
}
