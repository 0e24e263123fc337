internal import COpenVINO

/// A graph made ready for this processor.
struct CompiledGraph: ~Copyable {
    private let handle: OpaquePointer

    init(owning handle: OpaquePointer) { self.handle = handle }

    deinit { ov_compiled_model_free(handle) }

    /// A place to run the graph; one run at a time.
    ///
    /// It keeps what it needs of the compiled graph alive.
    func makeRequest() throws(CLIPError) -> InferenceRequest {
        InferenceRequest(
            owning: try created("prepare a run") { ov_compiled_model_create_infer_request(handle, &$0) })
    }
}
