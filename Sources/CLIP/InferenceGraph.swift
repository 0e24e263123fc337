internal import COpenVINO

/// A graph as its file describes it, before compilation.
struct InferenceGraph: ~Copyable {
    let handle: OpaquePointer
    let path: String

    init(owning handle: OpaquePointer, path: String) {
        self.handle = handle
        self.path = path
    }

    deinit { ov_model_free(handle) }

    /// The inputs in the graph's order.
    func inputs() throws(CLIPError) -> [GraphPort] {
        var count = 0
        try ov_model_inputs_size(handle, &count).checked("list the inputs of \(path)")
        var ports: [GraphPort] = []
        for index in 0..<count {
            let port = PortHandle(
                owning: try created("read input \(index) of \(path)") {
                    ov_model_const_input_by_index(handle, index, &$0)
                })
            ports.append(try port.description(index: index))
        }
        return ports
    }

    /// The outputs in the graph's order.
    func outputs() throws(CLIPError) -> [GraphPort] {
        var count = 0
        try ov_model_outputs_size(handle, &count).checked("list the outputs of \(path)")
        var ports: [GraphPort] = []
        for index in 0..<count {
            let port = PortHandle(
                owning: try created("read output \(index) of \(path)") {
                    ov_model_const_output_by_index(handle, index, &$0)
                })
            ports.append(try port.description(index: index))
        }
        return ports
    }

    /// Gives every input in `shapes` a shape, nil standing for a size that stays open until each run.
    func reshape(_ shapes: [(input: GraphPort, shape: [Int?])]) throws(CLIPError) {
        var indices: [Int] = []
        var partial: [ov_partial_shape_t] = []
        defer { for index in partial.indices { ov_partial_shape_free(&partial[index]) } }
        for (input, shape) in shapes {
            let sizes = shape.map { ov_dimension_t(min: Int64($0 ?? -1), max: Int64($0 ?? -1)) }
            var created = ov_partial_shape_t()
            try ov_partial_shape_create(Int64(sizes.count), sizes, &created).checked("describe a shape")
            partial.append(created)
            indices.append(input.index)
        }
        try ov_model_reshape_by_port_indexes(handle, indices, partial, indices.count)
            .checked("give \(path) the shapes \(shapes.map { $0.shape.map { $0.map(String.init) ?? "?" } })")
    }
}

/// One input or output of a graph.
struct GraphPort: Equatable, Sendable, Codable {
    enum ElementType: Equatable, Sendable, Codable {
        case float32, int32, int64
        case other(UInt32)
    }

    let index: Int
    /// Empty when the graph gives none.
    let name: String
    let elementType: ElementType
    /// Outermost first; nil for sizes that are open.
    ///
    /// Empty also when not even their number is fixed.
    let shape: [Int?]
}

/// OpenVINO's handle of an input or output.
private struct PortHandle: ~Copyable {
    private let handle: OpaquePointer

    init(owning handle: OpaquePointer) { self.handle = handle }

    deinit { ov_output_const_port_free(handle) }

    func description(index: Int) throws(CLIPError) -> GraphPort {
        var type = ov_element_type_e(0)
        try ov_port_get_element_type(handle, &type).checked("read an element type")
        var shape = ov_partial_shape_t()
        try ov_port_get_partial_shape(handle, &shape).checked("read a shape")
        defer { ov_partial_shape_free(&shape) }
        var sizes: [Int?] = []
        if !ov_rank_is_dynamic(shape.rank), let dimensions = shape.dims {
            for dimension in UnsafeBufferPointer(start: dimensions, count: Int(shape.rank.max)) {
                sizes.append(dimension.min == dimension.max ? Int(dimension.max) : nil)
            }
        }
        var name = ""
        var text: UnsafeMutablePointer<CChar>?
        // Outputs of some exports have no name, which is no error here.
        if ov_port_get_any_name(handle, &text) == OK, let text {
            name = String(cString: text)
            ov_free(text)
        }
        return GraphPort(index: index, name: name, elementType: GraphPort.ElementType(type), shape: sizes)
    }
}

extension GraphPort.ElementType {
    init(_ type: ov_element_type_e) {
        switch type {
        case F32: self = .float32
        case I32: self = .int32
        case I64: self = .int64
        default: self = .other(UInt32(type.rawValue))
        }
    }
}
