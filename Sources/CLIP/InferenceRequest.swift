internal import COpenVINO

/// One place to run a compiled graph: set the inputs, run, read an output.
///
/// `@unchecked Sendable`: the handle has one owner, OpenVINO lets a request move between threads, and a request that two
/// threads run at once is refused as busy. Setting, running and reading together still need the tower's lock.
struct InferenceRequest: ~Copyable, @unchecked Sendable {
    private let handle: OpaquePointer

    init(owning handle: OpaquePointer) { self.handle = handle }

    deinit { ov_infer_request_free(handle) }

    func setInput(_ index: Int, to tensor: borrowing InferenceTensor) throws(CLIPError) {
        try ov_infer_request_set_input_tensor_by_index(handle, index, tensor.handle).checked("take input \(index)")
    }

    /// Runs the graph; blocks until it is done.
    ///
    /// `onOwnThread`: on a thread of the stream instead of the caller's. A caller's thread is tied to one of the streams
    /// when it runs something for the first time, and two callers may share one while another rests.
    func run(onOwnThread: Bool = false) throws(CLIPError) {
        if onOwnThread {
            try ov_infer_request_start_async(handle).checked("run the model")
            try ov_infer_request_wait(handle).checked("run the model")
        } else {
            try ov_infer_request_infer(handle).checked("run the model")
        }
    }

    /// The output of the last run; valid until the next.
    func output(_ index: Int) throws(CLIPError) -> InferenceTensor {
        InferenceTensor(
            owning: try created("read output \(index)") {
                ov_infer_request_get_output_tensor_by_index(handle, index, &$0)
            })
    }
}
