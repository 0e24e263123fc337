internal import COpenVINO

/// Numbers that go into or come out of a run.
struct InferenceTensor: ~Copyable {
    let handle: OpaquePointer

    init(owning handle: OpaquePointer) { self.handle = handle }

    /// The first floats of `memory`, as many as `shape` (outermost first) has; nothing is copied.
    ///
    /// `memory` must outlive the tensor and every run that reads it.
    init(over memory: UnsafeMutableBufferPointer<Float>, shape: [Int]) throws(CLIPError) {
        precondition(shape.reduce(1, *) <= memory.count, "the memory must hold the shape")
        var cShape = ov_shape_t()
        try ov_shape_create(Int64(shape.count), shape.map(Int64.init), &cShape).checked("describe a shape")
        defer { ov_shape_free(&cShape) }
        handle = try created("use the memory of \(shape) numbers") {
            ov_tensor_create_from_host_ptr(F32, cShape, memory.baseAddress, &$0)
        }
    }

    /// A tensor of `rows` rows of integers, as wide as the graph's `input` wants them.
    ///
    /// Throws: `unsupportedModel` when the graph wants no integers of 32 or 64 bits.
    static func integers(_ values: [Int32], rows: Int, for input: GraphPort) throws(CLIPError) -> InferenceTensor {
        precondition(rows > 0 && values.count % rows == 0, "rows are equally long")
        let shape = [rows, values.count / rows]
        switch input.elementType {
        case .int64:
            let tensor = try make(I64, shape)
            try tensor.withElements(of: Int64.self) { _ = $0.update(fromContentsOf: values.map(Int64.init)) }
            return tensor
        case .int32:
            let tensor = try make(I32, shape)
            try tensor.withElements(of: Int32.self) { _ = $0.update(fromContentsOf: values) }
            return tensor
        case .float32, .other:
            throw CLIPError(
                .unsupportedModel,
                "The text model's input \(input.name) holds no 32- or 64-bit integers. Export the model again with "
                    + "token ids as int64.")
        }
    }

    private static func make(_ type: ov_element_type_e, _ shape: [Int]) throws(CLIPError) -> InferenceTensor {
        var cShape = ov_shape_t()
        try ov_shape_create(Int64(shape.count), shape.map(Int64.init), &cShape).checked("describe a shape")
        defer { ov_shape_free(&cShape) }
        return InferenceTensor(
            owning: try created("make room for \(shape) numbers") { ov_tensor_create(type, cShape, &$0) })
    }

    deinit { ov_tensor_free(handle) }

    /// A copy of all numbers, which must be 32-bit floats.
    func floats() throws(CLIPError) -> [Float] {
        var type = ov_element_type_e(0)
        try ov_tensor_get_element_type(handle, &type).checked("read an element type")
        guard type == F32 else {
            throw CLIPError(
                .unsupportedModel, "The model's output holds no 32-bit floats. Export it again with float32 outputs.")
        }
        var values: [Float] = []
        try withElements(of: Float.self) { values = Array($0) }
        return values
    }

    private func withElements<Element>(
        of type: Element.Type, _ body: (UnsafeMutableBufferPointer<Element>) -> Void
    ) throws(CLIPError) {
        var count = 0
        try ov_tensor_get_size(handle, &count).checked("read a size")
        let data = try created("reach a tensor's numbers") { ov_tensor_data(handle, &$0) }
        body(UnsafeMutableBufferPointer(start: data.assumingMemoryBound(to: type), count: count))
    }
}
