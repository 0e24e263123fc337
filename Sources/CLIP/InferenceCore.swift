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
        InferenceGraph(
            owning: try created("read \(path)") { ov_core_read_model(handle, path, nil, &$0) }, path: path)
    }

    /// Compiles `graph` for the CPU; takes from tenths of a second to seconds.
    func compile(_ graph: borrowing InferenceGraph, _ properties: [String: String]) throws(CLIPError) -> CompiledGraph {
        let names = properties.keys.sorted()
        let strings = names.map { (key: strdup($0), value: strdup(properties[$0] ?? "")) }
        defer {
            for string in strings {
                free(string.key)
                free(string.value)
            }
        }
        let list = strings.map { ov_property_t(key: UnsafePointer($0.key), value: UnsafeRawPointer($0.value)) }
        return CompiledGraph(
            owning: try created("compile \(graph.path)") { compiled in
                ov_core_compile_model_props(handle, graph.handle, "CPU", list.count, list, &compiled)
            })
    }
}
