import Core
import Foundation
import FoundationNetworking
import Testing
import VectorEngine

/// The commands that look after the vector index, as processes of their own.
@Suite(.tags(.slow), .timeLimit(.minutes(5))) struct IndexTests {
    /// A library of some pictures.
    private func library(in scratch: Scratch) async throws -> Library {
        let library = Library(path: scratch.path + "/library")
        let collect = try await library.nftopia(
            "collect", "folder", Programs.clipArt + "/animals", "--collection", "clipart")
        #expect(collect.status == 0, "\(collect.errors)")
        let ingest = try await library.nftopia("ingest", "--limit", "8")
        #expect(ingest.status == 0, "\(ingest.errors)")
        return library
    }

    /// Adds vectors in clusters, which belong to no item.
    private func grow(_ library: Library, count: Int) throws {
        let layout = LibraryLayout(root: library.path)
        let index = try SegmentedIndex.open(at: layout.vectors(model: "starter"), dimension: 512, mode: .readWrite)
        defer { index.close() }
        var generator = SystemRandomNumberGenerator()
        func noise() -> [Float] { (0..<512).map { _ in Float.random(in: -1...1, using: &generator) } }
        let centres = (0..<30).map { _ in noise() }
        try index.upsert(
            (0..<count).map { number in
                let vector = zip(centres[number % 30], noise()).map { $0 + 0.7 * $1 }
                return VectorEntry(
                    id: UInt64(1_000_000 + number), embedding: try #require(Embedding(normalizing: vector)))
            })
    }

    @Test func `an index is trained, measured and told about`() async throws {
        let scratch = try Scratch()
        let library = try await library(in: scratch)
        let small = try await library.nftopia("index", "recall")
        #expect(small.status == 0 && small.output.contains("nothing is missed"), "\(small)")
        let tooFew = try await library.nftopia("index", "train")
        #expect(tooFew.status == 0 && tooFew.errors.contains("Nothing to do"), "\(tooFew)")

        try grow(library, count: 3000)
        let train = try await library.nftopia("index", "train")
        #expect(train.status == 0 && train.errors.contains("short codes"), "\(train)")
        let info = try await library.nftopia("index", "info", "--json").json()
        #expect((info["codes"] as? [String: Any])?["vectors"] as? Int == 3008)
        #expect((info["plans"] as? [Any])?.count == 6)
        #expect(try await library.nftopia("status").output.contains("short codes"))
        #expect(try await library.nftopia("index", "verify").status == 0)

        let recall = try await library.nftopia("index", "recall", "--queries", "40", "--kind", "picture", "--json")
        #expect(recall.status == 0, "\(recall)")
        let figures = try #require(try recall.json()["figures"] as? [[String: Any]])
        #expect(figures.compactMap { $0["target"] as? String } == ["fast", "default", "high"])
        #expect(figures.allSatisfy { ($0["recall_at_10"] as? Double ?? 0) > 0.85 })
        let table = try await library.nftopia("index", "recall", "--queries", "40")
        #expect(table.output.contains("recall@10") && table.output.contains("40 texts, made up"), "\(table)")

        for target in ["fast", "default", "high", "exact"] {
            let found = try await library.nftopia("search", "a dog", "--recall", target, "--json")
            #expect(found.status == 0, "\(found.errors)")
            let hits = try #require(try found.json()["hits"] as? [Any])
            #expect(!hits.isEmpty)
        }
        let wrong = try await library.nftopia("search", "a dog", "--recall", "best")
        #expect(wrong.status == 2 && wrong.errors.contains("fast"), "\(wrong)")
    }

    @Test func `a snapshot is made and read, and damage in it is told`() async throws {
        let scratch = try Scratch()
        let library = try await library(in: scratch)
        try grow(library, count: 500)
        let copy = scratch.path + "/copies/monday"
        let made = try await library.nftopia("index", "snapshot", copy, "--json")
        #expect(made.status == 0, "\(made)")
        #expect(try made.json()["directory"] as? String == copy && made.json()["model"] as? String == "starter")
        let read = try await library.nftopia("index", "verify", copy, "--json")
        #expect(try read.status == 0 && read.json()["vectors"] as? Int == 508, "\(read)")
        let again = try await library.nftopia("index", "snapshot", copy)
        #expect(again.status == 1 && again.errors.contains("already"), "\(again)")
        let elsewhere = try await library.nftopia("index", "snapshot", "/proc/copies")
        #expect(elsewhere.status == 1 && elsewhere.errors.contains("/proc/copies"), "\(elsewhere)")

        let name = try #require(
            try FileManager.default.contentsOfDirectory(atPath: copy).first { $0.hasSuffix(".wal") })
        let log = URL(fileURLWithPath: copy + "/" + name)
        var bytes = try Data(contentsOf: log)
        bytes[100] ^= 1
        try bytes.write(to: log)
        let damaged = try await library.nftopia("index", "verify", copy)
        #expect(damaged.status == 1 && damaged.errors.contains("error: \(name): the record at byte"), "\(damaged)")
        #expect(damaged.errors.components(separatedBy: "Restore it from a backup").count == 2, "\(damaged)")
        try FileManager.default.removeItem(atPath: copy + "/MANIFEST")
        let report = try await library.nftopia("index", "verify", copy, "--json")
        #expect(try report.status == 1 && report.json()["sound"] as? Bool == false, "\(report)")
        #expect(try await library.nftopia("index", "verify").status == 0)
    }

    @Test func `an index that was removed is made again from the stored pictures`() async throws {
        let scratch = try Scratch()
        let pictures = scratch.path + "/pictures"
        try FileManager.default.createDirectory(atPath: pictures, withIntermediateDirectories: true)
        for name in try FileManager.default.contentsOfDirectory(atPath: Programs.clipArt + "/animals/birds")
            .filter({ $0.hasSuffix(".png") }).sorted().prefix(7)
        {
            try FileManager.default.copyItem(
                atPath: Programs.clipArt + "/animals/birds/" + name, toPath: pictures + "/" + name)
        }
        let library = Library(path: scratch.path + "/library")
        for command in [["collect", "folder", pictures, "--collection", "birds"], ["ingest"]] {
            #expect(try await library.start(command).outcome().status == 0)
        }
        let before = try await LibraryContent(of: library)
        let count = before.vectors.count
        #expect(count >= 5)

        // What the collection was made from is gone.
        try FileManager.default.removeItem(atPath: pictures)
        let layout = LibraryLayout(root: library.path)
        try FileManager.default.removeItem(atPath: layout.vectors(model: "starter"))
        let doctor = try await library.nftopia("doctor")
        #expect(doctor.status == 1 && doctor.output.contains("WRONG  index"), "\(doctor)")
        let ingest = try await library.nftopia("ingest")
        #expect(ingest.status == 0 && ingest.errors.contains("lacks \(count) vectors"), "\(ingest)")
        let after = try await LibraryContent(of: library)
        #expect(after.items == before.items && after.images == before.images && after.failures == before.failures)
        for (id, vector) in after.vectors {
            let pairs = zip(before.vectors[id] ?? [], vector)
            let cosine = pairs.reduce(0) { $0 + Double(Float(bitPattern: $1.0)) * Double(Float(bitPattern: $1.1)) }
            #expect(cosine > 0.95, "\(id)")
        }
        #expect(try await library.nftopia("doctor").status == 0)

        // A stored picture as well: its item is fetched anew, in vain.
        let lost = try #require(after.images.keys.sorted().first)
        try FileManager.default.removeItem(atPath: layout.images + lost)
        try FileManager.default.removeItem(atPath: layout.vectors(model: "starter"))
        let partly = try await library.nftopia("ingest")
        #expect(partly.status == 0 && partly.errors.contains("1 stored picture could not be read"), "\(partly)")
        let info = try await library.nftopia("index", "info", "--json").json()
        #expect(info["vectors"] as? Int == count - 1 && info["model"] as? String == "starter")
        #expect(try await library.nftopia("status", "--json").json()["failed"] as? Int == before.failures.count + 1)
        #expect(try await library.nftopia("doctor").status == 0)
        let again = try await library.nftopia("ingest")
        #expect(again.status == 0 && !again.errors.contains("lacks"), "\(again)")
    }

    @Test func `looking after an index makes no library`() async throws {
        let scratch = try Scratch()
        let nowhere = Library(path: scratch.path + "/nowhere")
        for command in ["info", "verify", "compact", "train", "recall"] {
            let outcome = try await nowhere.nftopia("index", command)
            #expect(outcome.status == 1 && outcome.errors.contains("nowhere"), "\(outcome)")
        }
        let empty = try await nowhere.nftopia("index", "verify", scratch.path)
        #expect(empty.status == 1 && empty.errors.contains("no vector index"), "\(empty)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path).isEmpty)
    }

    @Test func `damaged codes are told about, searched without, and made anew`() async throws {
        let scratch = try Scratch()
        let library = try await library(in: scratch)
        try grow(library, count: 1500)
        #expect(try await library.nftopia("index", "train").status == 0)
        let folder = LibraryLayout(root: library.path).vectors(model: "starter")
        for (suffix, repair) in [(".ivf", ["index", "train"]), (".cbk", ["ingest", "--limit", "1"])] {
            let name = try #require(
                try FileManager.default.contentsOfDirectory(atPath: folder).first { $0.hasSuffix(suffix) })
            let path = URL(fileURLWithPath: "\(folder)/\(name)")
            try Data(contentsOf: path).dropLast().write(to: path)
            let verify = try await library.nftopia("index", "verify")
            #expect(verify.status == 1 && verify.errors.contains("\(name): "), "\(verify)")
            #expect(verify.errors.contains("Run `nftopia index train`") && !verify.errors.contains("backup"))
            for command in [["status"], ["index", "info"]] {
                let said = await (try library.start(command)).outcome()
                #expect(said.status == 0 && said.output.contains("because \(name) cannot be used"), "\(said)")
            }
            let doctor = try await library.nftopia("doctor")
            #expect(doctor.status == 1 && doctor.output.contains(name) && doctor.output.contains("every vector"))
            let search = try await library.nftopia("search", "a dog", "--json")
            #expect(search.status == 0 && search.errors.isEmpty, "\(search)")
            let repaired = await (try library.start(repair)).outcome()
            #expect(repaired.status == 0, "\(repaired)")
            #expect(try await library.nftopia("index", "verify").status == 0)
            let info = try await library.nftopia("index", "info", "--json").json()
            #expect(info["damaged"] as? [String] == [])
            // What an ingest has added since is in the head, which has no file of codes.
            let coded = try #require((info["codes"] as? [String: Any])?["vectors"] as? Int)
            #expect(coded >= 1508)
        }
    }

    @Test func `a server samples queries only when it is told to`() async throws {
        let scratch = try Scratch()
        let library = try await library(in: scratch)
        let file = LibraryLayout(root: library.path).vectors(model: "starter") + "/QUERIES"
        for options in [[], ["--log-queries"]] {
            let server = try library.start(["serve", "--port", "0"] + options)
            let address = try await server.line(after: "NFTopia is ready on ")
            for recall in ["fast", "best"] {
                let url = try #require(URL(string: address + "v1/search?q=dog&recall=" + recall))
                let session = URLSession(configuration: .ephemeral)
                let (_, response) = try await session.data(from: url)
                session.finishTasksAndInvalidate()
                #expect((response as? HTTPURLResponse)?.statusCode == (recall == "fast" ? 200 : 400))
            }
            server.send(SIGTERM)
            #expect(await server.outcome().status == 0)
            #expect(FileManager.default.fileExists(atPath: file) == !options.isEmpty)
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: file)).range(of: Data("dog".utf8)) == nil)
        #expect(try await library.nftopia("index", "verify").status == 0)
        #expect(try await library.nftopia("index", "recall").status == 0)
    }
}
