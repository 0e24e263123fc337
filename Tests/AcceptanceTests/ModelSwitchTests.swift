import Catalog
import Core
import Foundation
import Testing
import VectorEngine

/// A library's model is changed while people search in it.
@Suite(.tags(.slow), .timeLimit(.minutes(5))) struct ModelSwitchTests {
    private let scratch: Scratch
    private let pictures: String
    private static let starter = Programs.repository.appendingPathComponent("Models/starter").path

    init() throws {
        scratch = try Scratch()
        pictures = scratch.path + "/pictures"
        try FileManager.default.createDirectory(atPath: pictures, withIntermediateDirectories: true)
        var names: [String] = []
        for folder in ["animals", "computer", "food", "plants", "tools", "transportation"] {
            let inside = try FileManager.default.contentsOfDirectory(atPath: "\(Programs.clipArt)/\(folder)").sorted()
            names += inside.filter { $0.hasSuffix(".png") }.map { "\(folder)/\($0)" }
        }
        let small = names.filter { (8_000...80_000).contains(Self.size("\(Programs.clipArt)/\($0)")) }
        #expect(small.count >= 240)
        for (number, name) in small.prefix(240).enumerated() { try put(name, as: "picture-\(1000 + number).png") }
        // A model whose vectors differ, though all else is the same.
        let second = scratch.path + "/second"
        try FileManager.default.copyItem(atPath: Self.starter, toPath: second)
        let file = URL(fileURLWithPath: second + "/preprocessor_config.json")
        var settings = try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
        settings["image_mean"] = [0.4, 0.45, 0.5]
        try JSONSerialization.data(withJSONObject: settings).write(to: file)
    }

    private static func size(_ path: String) -> Int {
        ((try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? NSNumber)?.intValue ?? 0
    }

    private func put(_ clipArt: String, as name: String) throws {
        try? FileManager.default.removeItem(atPath: "\(pictures)/\(name)")
        try FileManager.default.copyItem(atPath: "\(Programs.clipArt)/\(clipArt)", toPath: "\(pictures)/\(name)")
    }

    private func run(_ library: Library, _ arguments: String...) async throws -> Outcome {
        let outcome = await (try library.start(arguments)).outcome()
        #expect(outcome.status == 0, "\(arguments): \(outcome.errors)")
        return outcome
    }

    private func bringIn(_ library: Library) async throws {
        _ = try await run(library, "collect", "folder", pictures, "--collection", "pictures", "--quiet")
        _ = try await run(library, "ingest", "--quiet")
    }

    /// Vectors that the model has on disk; 0 before its index is there.
    private func built(_ library: Library, _ model: String) -> Int {
        let vectors = LibraryLayout(root: library.path).vectors(model: model)
        return (try? SegmentedIndex.open(at: vectors, dimension: 512, mode: .readOnly))?.count ?? 0
    }

    /// Waits until the server answers with that model.
    private func waitForModel(_ model: String, at address: String) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < deadline {
            let status = await
                (try RunningProgram(
                    "/usr/bin/env",
                    [
                        "python3", "-c",
                        "import sys,urllib.request as u; sys.stdout.write(u.urlopen(sys.argv[1]).read().decode())",
                        address + "v1/search?q=x&limit=1",
                    ])).outcome()
            if try status.json()["model"] as? String == model { return }
            try await Task.sleep(for: .milliseconds(200))
        }
        Issue.record("the server does not change to \(model)")
    }

    @Test func `a switch that is killed twice loses no query, and its vectors are those of an undisturbed one`()
        async throws
    {
        let library = Library(path: scratch.path + "/library")
        try await bringIn(library)
        let server = try library.start(["serve", "--port", "0"])
        let address = "http" + (try await server.line(after: "NFTopia is ready on http"))
        let load = try RunningProgram(
            "/usr/bin/env",
            [
                "python3", Programs.repository.appendingPathComponent("scripts/query-load.py").path, address,
                "--connections", "3", "--pause", "0.05",
            ])
        _ = try await load.line(after: "ready")

        var atKill = 0
        for count in [64, 128] {
            let build = try library.start(["model", "use", scratch.path + "/second", "--quiet"])
            while build.isRunning, built(library, "second") < count { try await Task.sleep(for: .milliseconds(5)) }
            build.send(SIGKILL)
            _ = await build.outcome()
            atKill = built(library, "second")
            let status = try await run(library, "status", "--json").json()
            #expect(status["model"] as? String == "starter", "the old model is in use until all is there")
            if count == 64 {
                // Meanwhile the library changes: in what is built already, and behind it.
                try put("tools/hammer_nicu_buculei_01.png", as: "picture-1003.png")
                try put("tools/hammer_nicu_buculei_01.png", as: "picture-2000.png")
                for gone in [1005, 1230] {
                    try FileManager.default.removeItem(atPath: "\(pictures)/picture-\(gone).png")
                }
                try await bringIn(library)
            }
        }
        let switched = try await run(library, "model", "use", "second", "--json", "--quiet").json()
        let embedded = try #require(switched["embedded"] as? Int)
        #expect(embedded <= 240 - atKill + 64 + 2, "\(embedded) after \(atKill): at most a batch is done again")
        try await waitForModel("second", at: address)

        let undisturbed = Library(path: scratch.path + "/undisturbed")
        try await bringIn(undisturbed)
        _ = try await run(undisturbed, "model", "use", scratch.path + "/second", "--quiet")
        let expected = try await LibraryContent(of: undisturbed, model: "second")
        let content = try await LibraryContent(of: library, model: "second")
        #expect(expected.vectors.count > 200)
        #expect(content.vectors == expected.vectors)
        #expect(content.vectors != (try await LibraryContent(of: library, model: "starter")).vectors)

        // The way back is short, however long the way there was.
        let back = try await run(library, "model", "use", "starter", "--json", "--quiet").json()
        #expect(back["embedded"] as? Int == 0)
        try await waitForModel("starter", at: address)
        let original = try await LibraryContent(of: undisturbed, model: "starter")
        #expect(try await LibraryContent(of: library, model: "starter").vectors == original.vectors)

        load.send(SIGTERM)
        let report = await load.outcome()
        let numbers = try #require(
            try JSONSerialization.jsonObject(
                with: Data(report.output.split(separator: "\n").last.map(String.init)?.utf8 ?? "".utf8))
                as? [String: Any])
        #expect(numbers["failures"] as? Int == 0, "\(report.output)")
        #expect((numbers["queries"] as? Int ?? 0) > 20)
        #expect((numbers["models"] as? [String])?.contains("second") == true, "\(report.output)")
        server.send(SIGTERM)
        #expect(await server.outcome().status == 0)
    }

    @Test func `what changes while another model is in use is right after going back`() async throws {
        let library = Library(path: scratch.path + "/library")
        for number in 1020..<1240 { try? FileManager.default.removeItem(atPath: "\(pictures)/picture-\(number).png") }
        try await bringIn(library)
        _ = try await run(library, "model", "use", scratch.path + "/second", "--quiet")
        let before = try await LibraryContent(of: library, model: "starter")
        try put("tools/hammer_nicu_buculei_01.png", as: "picture-1003.png")
        try put("tools/leafrake_benji_park_01.png", as: "picture-2000.png")
        try FileManager.default.removeItem(atPath: "\(pictures)/picture-1005.png")
        try await bringIn(library)
        // A stored picture that is lost comes back by itself.
        let lost = try #require(before.items["pictures/picture-1010.png"]?.picture).hash.hex
        let path = "\(library.path)/images/\(lost.prefix(2))/\(lost.dropFirst(2).prefix(2))/\(lost).jpg"
        let back = try await run(library, "model", "use", "starter", "--json", "--quiet").json()
        #expect(back["embedded"] as? Int == 2, "only what changed")
        let after = try await LibraryContent(of: library, model: "starter")
        #expect(
            Set(after.vectors.keys)
                == Set(before.vectors.keys).subtracting(["pictures/picture-1005.png"]).union([
                    "pictures/picture-2000.png"
                ]))
        for (item, vector) in before.vectors where item != "pictures/picture-1005.png" {
            #expect((after.vectors[item] == vector) == (item != "pictures/picture-1003.png"), "\(item)")
        }
        try FileManager.default.removeItem(atPath: path)
        _ = try await run(library, "model", "remove", "second")
        let anew = try await run(library, "model", "use", scratch.path + "/second", "--json", "--quiet").json()
        #expect(anew["unreadable"] as? Int == 1)
        _ = try await run(library, "ingest", "--quiet")
        #expect(FileManager.default.fileExists(atPath: path))
        #expect(try await LibraryContent(of: library, model: "second").vectors.count == after.vectors.count)
    }

    @Test func `a switch waits for the ingest that is running and has its pictures, too`() async throws {
        let library = Library(path: scratch.path + "/library")
        for number in 1020..<1240 { try? FileManager.default.removeItem(atPath: "\(pictures)/picture-\(number).png") }
        try await bringIn(library)
        let standIn = try await StandIn.start("--latency-ms", "300")
        let collect = await
            (try library.start(standIn.collect(limit: 200), environment: ["NFTOPIA_ALCHEMY_KEY": "test"])).outcome()
        #expect(collect.status == 0, "\(collect.errors)")
        // It would take a minute; it is ended when the switch waits for it.
        let ingest = try library.start(standIn.ingest + ["--quiet", "--concurrency", "1"])
        let starter = built(library, "starter")
        while ingest.isRunning, built(library, "starter") <= starter { try await Task.sleep(for: .milliseconds(50)) }
        let change = try library.start(["model", "use", scratch.path + "/second"])
        try await change.notes("waits for the ingest")
        ingest.send(SIGINT)
        #expect(await ingest.outcome().status == 130)
        let changed = await change.outcome()
        #expect(changed.status == 0, "\(changed.errors)")
        let layout = LibraryLayout(root: library.path)
        let (old, new) = try (
            SegmentedIndex.open(at: layout.vectors(model: "starter"), dimension: 512, mode: .readOnly),
            SegmentedIndex.open(at: layout.vectors(model: "second"), dimension: 512, mode: .readOnly)
        )
        // An interrupted ingest may leave vectors behind of items that it did not come to record.
        #expect(Set(new.ids()).isSubset(of: old.ids()) && new.count > starter)
        #expect(try await run(library, "status", "--json").json()["searchable"] as? Int == new.count)
        // The model that is in use now takes the rest.
        let rest = await (try library.start(standIn.ingest + ["--quiet", "--limit", "5"])).outcome()
        #expect(rest.status == 0, "\(rest.errors)")
        let status = try await run(library, "status", "--json").json()
        #expect(status["model"] as? String == "second" && status["searchable"] as? Int == new.count + 5)
    }

    @Test func `a wanted model that is not the library's is named with the command that changes it`() async throws {
        let library = Library(path: scratch.path + "/library")
        for number in 1003..<1240 { try? FileManager.default.removeItem(atPath: "\(pictures)/picture-\(number).png") }
        try await bringIn(library)
        let other = try await library.nftopia("ingest", "--model", scratch.path + "/second")
        #expect(other.status == 1)
        #expect(other.errors.contains("nftopia model use \(scratch.path)/second"), "\(other.errors)")
        let unknown = try await library.nftopia("model", "use", "nothing")
        #expect(unknown.status == 1 && unknown.errors.contains("it has: starter"), "\(unknown.errors)")
        let inUse = try await library.nftopia("model", "remove", "starter")
        #expect(inUse.status == 1 && inUse.errors.contains("model use"), "\(inUse.errors)")
        let fresh = Library(path: scratch.path + "/fresh")
        _ = try await run(fresh, "model", "pull", scratch.path + "/second", "--quiet")
        _ = try await run(fresh, "collect", "folder", pictures, "--collection", "pictures", "--quiet")
        _ = try await run(fresh, "model", "use", "second", "--quiet")
        _ = try await run(fresh, "ingest", "--quiet")
        #expect(try await run(fresh, "status", "--json").json()["model"] as? String == "second")
    }
}
