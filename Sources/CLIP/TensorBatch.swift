import Core
import Synchronization

/// The pictures of one run of the image tower, in the memory that the run reads.
///
/// Each picture has a place of `stride` floats (CHW, RGB, normalised), which one thread fills; several threads may fill
/// different places at once.
///
/// `@unchecked Sendable`: the memory is allocated once and lives as long as this; places do not overlap, and whoever took
/// the batch from ``TensorBatches`` is its only user, who waits for all places before the run.
final class TensorBatch: @unchecked Sendable {
    let capacity: Int
    /// Floats of a picture.
    let stride: Int
    private let memory: UnsafeMutableBufferPointer<Float>

    init(capacity: Int, stride: Int) {
        precondition(capacity > 0 && stride > 0, "a batch holds at least one picture")
        self.capacity = capacity
        self.stride = stride
        // A page: OpenVINO reads aligned memory without copying it first.
        let bytes = UnsafeMutableRawBufferPointer.allocate(
            byteCount: capacity * stride * MemoryLayout<Float>.stride, alignment: 4096)
        memory = bytes.bindMemory(to: Float.self)
        memory.initialize(repeating: 0)
    }

    deinit { memory.deallocate() }

    /// The floats of place `index`.
    func withPlace<Result>(_ index: Int, _ body: (UnsafeMutableBufferPointer<Float>) -> Result) -> Result {
        precondition(index >= 0 && index < capacity, "the place must be in the batch")
        return body(UnsafeMutableBufferPointer(rebasing: memory[index * stride..<(index + 1) * stride]))
    }

    /// Puts a tensor of `stride` floats into place `index`.
    func copy(_ tensor: [Float], to index: Int) {
        precondition(tensor.count == stride, "a tensor fills its place")
        withPlace(index) { _ = $0.update(fromContentsOf: tensor) }
    }

    /// The first `count` pictures as an input of shape `[count] + shape`; valid as long as this batch.
    func tensor(count: Int, shape: [Int]) throws(CLIPError) -> InferenceTensor {
        precondition(count > 0 && count <= capacity, "a run takes the pictures that are there")
        precondition(shape.reduce(1, *) == stride, "the shape must fit the places")
        return try InferenceTensor(over: memory, shape: [count] + shape)
    }
}

/// Batches that are used again and again: no memory is asked for, and no page touched first, while pictures come.
final class TensorBatches: Sendable {
    private let free = Mutex<[TensorBatch]>([])
    private let stride: Int
    private let most: Int

    /// Keeps at most `most` batches for later.
    init(stride: Int, most: Int) {
        self.stride = stride
        self.most = most
    }

    /// A batch for at least `count` pictures.
    func take(_ count: Int) -> TensorBatch {
        let known = free.withLock { batches in
            batches.lastIndex { $0.capacity >= count }.map { batches.remove(at: $0) }
        }
        return known ?? TensorBatch(capacity: count, stride: stride)
    }

    /// Gives a batch back once nothing reads it any more.
    func give(_ batch: TensorBatch) {
        free.withLock { batches in
            batches.append(batch)
            // Those that were made for smaller runs go first.
            if batches.count > most,
                let least = batches.indices.min(by: { batches[$0].capacity < batches[$1].capacity })
            {
                batches.remove(at: least)
            }
        }
    }
}
