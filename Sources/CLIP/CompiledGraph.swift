internal import COpenVINO
import Foundation

/// A graph made ready for this processor.
struct CompiledGraph: ~Copyable {
    private let handle: OpaquePointer
    /// The memory that the graph was read from, which it may go on reading; nil when it was compiled.
    let source: Data?

    init(owning handle: OpaquePointer, source: Data? = nil) {
        self.handle = handle
        self.source = source
    }

    deinit { ov_compiled_model_free(handle) }

    /// A place to run the graph; one run at a time.
    ///
    /// It keeps what it needs of the compiled graph alive, but for ``source``.
    func makeRequest() throws(CLIPError) -> InferenceRequest {
        InferenceRequest(
            owning: try created("prepare a run") { ov_compiled_model_create_infer_request(handle, &$0) })
    }

    /// Writes the graph to a file for ``InferenceCore/load(_:count:_:)``.
    func export(to path: String) throws(CLIPError) {
        try ov_compiled_model_export_model(handle, path).checked("keep a compiled model")
    }
}
