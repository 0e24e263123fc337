import Foundation
import Testing

/// Models from a Hugging Face-shaped endpoint that breaks off, sends wrong bytes and refuses.
@Suite(.tags(.slow), .timeLimit(.minutes(5))) struct ModelPullTests {
    private let scratch: Scratch
    private let library: Library
    private static let starter = Programs.repository.appendingPathComponent("Models/starter").path
    private static let graphs = ["onnx/text_model.onnx", "onnx/vision_model.onnx"]

    init() throws {
        scratch = try Scratch()
        library = Library(path: scratch.path + "/library")
        try FileManager.default.createDirectory(
            atPath: scratch.path + "/models/acme/empty", withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: scratch.path + "/models/acme/tiny", withDestinationPath: Self.starter)
        try Data("{}".utf8).write(to: URL(fileURLWithPath: scratch.path + "/models/acme/empty/config.json"))
    }

    private func endpoint(_ faults: String...) async throws -> StandIn {
        try await StandIn.start(arguments: ["--models", scratch.path + "/models"] + faults)
    }

    private func pull(
        _ name: String = "acme/tiny", from endpoint: StandIn, _ more: String..., environment: [String: String] = [:]
    ) throws -> RunningProgram {
        try library.start(
            ["model", "pull", name, "--endpoint", endpoint.address] + more,
            environment: ["HF_TOKEN": "", "HF_ENDPOINT": ""].merging(environment) { $1 })
    }

    private func expectInstalled() throws {
        let models = library.path + "/models"
        #expect(try FileManager.default.contentsOfDirectory(atPath: models) == ["tiny"], "nothing half is left")
        for file in Self.graphs + ["config.json", "tokenizer.json"] {
            #expect(
                FileManager.default.contentsEqual(atPath: "\(models)/tiny/\(file)", andPath: "\(Self.starter)/\(file)"))
        }
        #expect(!FileManager.default.fileExists(atPath: "\(models)/tiny/golden.json"), "only what is needed")
    }

    private static func size(_ path: String) -> Int {
        ((try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? NSNumber)?.intValue ?? 0
    }

    @Test func `an interrupted download goes on where it was, after Ctrl-C and after a kill`() async throws {
        let total = Self.graphs.reduce(0) { $0 + Self.size("\(Self.starter)/\($1)") }
        let standIn = try await endpoint("--model-rate", "8000000")
        let onnx = library.path + "/models/tiny.installing/onnx"
        for (signal, file, status) in [
            (SIGINT, Self.graphs[0], 130 as Int32), (SIGKILL, Self.graphs[1], 128 + SIGKILL),
        ] {
            let run = try pull(from: standIn)
            let part = "\(library.path)/models/tiny.installing/\(file).part"
            while Self.size(part) < 2_000_000, run.isRunning { try await Task.sleep(for: .milliseconds(5)) }
            run.send(signal)
            let outcome = await run.outcome()
            #expect(outcome.status == status, "\(outcome.errors)")
            #expect(Self.size(part) >= 2_000_000, "what came is kept")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: onnx).contains("text_model.onnx"))
        let listed = try await library.nftopia("model", "list", "--json").json()
        #expect((listed["installed"] as? [Any])?.isEmpty == true, "half a model is none")
        let rest = await (try pull(from: standIn, "--json")).outcome()
        #expect(rest.status == 0, "\(rest.errors)")
        #expect(try rest.json()["dimension"] as? Int == 512)
        try expectInstalled()
        let (data, _) = try await Self.get(standIn.address + "/standin/models")
        let sent = try #require(
            try JSONSerialization.jsonObject(with: data) as? [String: Int])["linkedBytesSent", default: 0]
        // What was on its way at an interruption came for nothing.
        #expect(sent < total + 5_000_000 && sent >= total, "\(sent) bytes were sent of \(total)")
    }

    @Test func `a connection that is cut and a busy server are waited for`() async throws {
        let standIn = try await endpoint("--model-cut-after", "3000000", "--model-busy", "1")
        let outcome = await (try pull(from: standIn)).outcome()
        #expect(outcome.status == 0, "\(outcome.errors)")
        try expectInstalled()
        let again = await (try pull(from: standIn)).outcome()
        #expect(again.status == 0 && again.errors.contains("already"), "\(again.errors)")
    }

    @Test func `a wrong byte is found: once it is fetched anew, always it is refused`() async throws {
        let liar = try await endpoint("--model-corrupt", "1000000")
        let never = await (try pull(from: liar)).outcome()
        #expect(never.status == 1)
        #expect(never.errors.contains("text_model.onnx") && never.errors.contains("checksum"), "\(never.errors)")
        #expect(!FileManager.default.fileExists(atPath: library.path + "/models/tiny"))
        let careless = try await endpoint("--model-corrupt", "1")
        let once = await (try pull(from: careless)).outcome()
        #expect(once.status == 0, "\(once.errors)")
        try expectInstalled()
    }

    @Test func `404 is explained: the repository, the revision, a repository without a model`() async throws {
        let standIn = try await endpoint()
        let repository = await (try pull("openai/clip-vit-base-patch322", from: standIn)).outcome()
        #expect(repository.status == 1)
        #expect(repository.errors.contains("no model openai/clip-vit-base-patch322"), "\(repository.errors)")
        #expect(repository.errors.contains("Did you mean Xenova/clip-vit-base-patch32"), "\(repository.errors)")
        let revision = await (try pull(from: standIn, "--revision", "dev")).outcome()
        #expect(revision.status == 1)
        #expect(revision.errors.contains("acme/tiny has no branch, tag or commit \"dev\""), "\(revision.errors)")
        let empty = await (try pull("acme/empty", from: standIn)).outcome()
        #expect(empty.status == 1)
        #expect(empty.errors.contains("no ONNX model"), "\(empty.errors)")
        #expect(try await library.nftopia("model", "pull", "what is this").status == 2)
    }

    @Test func `401 and 403 name the variable for the token, which goes to no other host`() async throws {
        let closed = try await endpoint("--model-token", "hunter2", "--model-cdn-host", "localhost")
        for token in ["", "wrong-token"] {
            let refused = await (try pull(from: closed, environment: ["HF_TOKEN": token])).outcome()
            #expect(refused.status == 1)
            #expect(refused.errors.contains("401") && refused.errors.contains("$HF_TOKEN"), "\(refused.errors)")
            #expect(!refused.errors.contains("wrong-token"))
        }
        // The stand-in refuses large files to whoever sends the token there.
        let pulled = await (try pull(from: closed, "--allow-private-hosts", "-v", environment: ["HF_TOKEN": "hunter2"]))
            .outcome()
        #expect(pulled.status == 0, "\(pulled.errors)")
        #expect(!(pulled.output + pulled.errors).contains("hunter2"))
        try expectInstalled()
        let gate = try await endpoint("--model-gated")
        let gated = await (try pull(from: gate, "--name", "other")).outcome()
        #expect(gated.status == 1)
        #expect(gated.errors.contains("403") && gated.errors.contains("conditions"), "\(gated.errors)")
    }

    @Test func `a folder of links is copied, and the endpoint may be out of reach`() async throws {
        let links = scratch.path + "/tiny/onnx"
        try FileManager.default.createDirectory(atPath: links, withIntermediateDirectories: true)
        for file in Self.graphs + [
            "config.json", "preprocessor_config.json", "tokenizer.json", "tokenizer_config.json",
        ] {
            try FileManager.default.createSymbolicLink(
                atPath: "\(scratch.path)/tiny/\(file)", withDestinationPath: "\(Self.starter)/\(file)")
        }
        let copied = try await library.nftopia("model", "pull", "file://\(scratch.path)/tiny")
        #expect(copied.status == 0, "\(copied.errors)")
        try expectInstalled()
        let info = try await library.nftopia("model", "info", "tiny", "--json").json()
        #expect(info["dimension"] as? Int == 512 && info["imageWidth"] as? Int == 96)
        let removed = try await library.nftopia("model", "remove", "tiny")
        #expect(removed.status == 0, "\(removed.errors)")
        let absent = try await library.nftopia(
            "model", "pull", "acme/tiny", environment: ["HF_ENDPOINT": "http://127.0.0.1:9"])
        #expect(absent.status == 1)
        #expect(absent.errors.contains("cannot be reached"), "\(absent.errors)")
    }

    /// The body of a small answer, without a session that outlives the test.
    private static func get(_ url: String) async throws -> (Data, Int32) {
        let outcome = await
            (try RunningProgram(
                "/usr/bin/env",
                [
                    "python3", "-c",
                    "import sys,urllib.request as u; sys.stdout.write(u.urlopen(sys.argv[1]).read().decode())", url,
                ]))
            .outcome()
        return (Data(outcome.output.utf8), outcome.status)
    }
}
