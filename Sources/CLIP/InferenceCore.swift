internal import COpenVINO
internal import Foundation

/// OpenVINO's entry point: reads graphs and compiles them for the processor.
struct InferenceCore: ~Copyable {
    private let handle: OpaquePointer

    init() throws(CLIPError) {
        handle = try created("start") { ov_core_create(&$0) }
    }

    deinit { ov_core_free(handle) }

    /// Reads an ONNX file (or OpenVINO's own format).
    func read(_ path: String) throws(CLIPError) -> InferenceGraph {
        do {
            return InferenceGraph(
                owning: try created("read \(path)") { ov_core_read_model(handle, path, nil, &$0) }, path: path)
        } catch {
            throw CLIPError(
                .invalidFile, "\(path) is cut off, damaged or no model. Get the model again.", cause: error)
        }
    }

    /// Compiles `graph` for the CPU; takes from tenths of a second to seconds.
    func compile(_ graph: borrowing InferenceGraph, _ properties: [String: String]) throws(CLIPError) -> CompiledGraph {
        try withProperties(properties) { list throws(CLIPError) in
            CompiledGraph(
                owning: try created("compile \(graph.path)") { compiled in
                    ov_core_compile_model_props(handle, graph.handle, "CPU", list.count, list, &compiled)
                })
        }
    }

    /// Takes up a graph that was compiled with the same `properties` and exported: the first `count` bytes of `data`.
    ///
    /// OpenVINO trusts the bytes; they must be those that it wrote.
    func load(_ data: Data, count: Int, _ properties: [String: String]) throws(CLIPError) -> CompiledGraph {
        // Importing takes no properties of its own.
        try withProperties(properties) { list throws(CLIPError) in
            try ov_core_set_properties(handle, "CPU", list.count, list).checked("set up the CPU")
        }
        let imported = try created("take up a compiled model") { compiled in
            data.withUnsafeBytes { bytes in
                ov_core_import_model(handle, bytes.bindMemory(to: CChar.self).baseAddress, count, "CPU", &compiled)
            }
        }
        return CompiledGraph(owning: imported, source: data)
    }

    private func withProperties<Result: ~Copyable>(
        _ properties: [String: String], _ body: ([ov_property_t]) throws(CLIPError) -> Result
    ) throws(CLIPError) -> Result {
        let names = properties.keys.sorted()
        let strings = names.map { (key: strdup($0), value: strdup(properties[$0] ?? "")) }
        defer {
            for string in strings {
                free(string.key)
                free(string.value)
            }
        }
        return try body(strings.map { ov_property_t(key: UnsafePointer($0.key), value: UnsafeRawPointer($0.value)) })
    }
}
