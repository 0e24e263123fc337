import CSandbox
import Core
import Glibc

/// Memory that the program shares with one worker: pictures go in at its beginning, answers come back behind them.
///
/// The program copies answers out before it looks at them: a worker that was taken over may change them at any time.
/// It cannot shrink them, for the memory is sealed.
///
/// `@unchecked Sendable`: used by one thread at a time, the one that speaks with the worker.
final class SharedPages: @unchecked Sendable {
    let descriptor: Int32
    let count: Int
    private let base: UnsafeMutableRawPointer

    /// Bytes of a sentence in an answer.
    static let maximumSentence: Int64 = 4096

    /// Of a worker: set before it is locked, since a locked one maps nothing by descriptor that is closed.
    nonisolated(unsafe) static var locked: SharedPages?

    /// Makes new memory; nil when the system has none.
    init?(byteCount: Int) {
        descriptor = nft_sandbox_shared_memory(byteCount)
        count = byteCount
        guard descriptor >= 0 else { return nil }
        guard let base = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), base != MAP_FAILED
        else {
            close(descriptor)
            return nil
        }
        self.base = base
    }

    /// Maps the whole memory behind a descriptor, which is not closed.
    init?(descriptor: Int32) {
        let size = lseek(descriptor, 0, SEEK_END)
        guard size > 0, let base = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
            base != MAP_FAILED
        else { return nil }
        self.descriptor = -1
        self.base = base
        count = size
    }

    deinit {
        munmap(base, count)
        if descriptor >= 0 { close(descriptor) }
    }

    // MARK: In the worker

    /// The first bytes: a picture.
    func bytes(count wanted: Int) -> UnsafeBufferPointer<UInt8> {
        precondition((0...count).contains(wanted), "the program asks for more than there is")
        return UnsafeBufferPointer(start: base.assumingMemoryBound(to: UInt8.self), count: wanted)
    }

    /// Writes the encoded picture, then its pixels.
    func answer(_ encoded: [UInt8], _ image: RGBImage, at offset: Int, in reply: inout nft_worker_reply) {
        precondition(offset >= 0 && offset + encoded.count + image.pixels.count <= count, "the answer does not fit")
        reply.encoded_count = Int64(encoded.count)
        reply.width = Int64(image.width)
        reply.height = Int64(image.height)
        write(encoded, at: offset)
        write(image.pixels, at: offset + encoded.count)
    }

    /// Writes a sentence.
    func answer(_ sentence: String, at offset: Int, in reply: inout nft_worker_reply) {
        let text = Array(sentence.utf8.prefix(Int(Self.maximumSentence)))
        reply.message_count = Int64(text.count)
        write(text, at: offset)
    }

    // MARK: In the program

    func write(_ bytes: [UInt8], at offset: Int = 0) {
        bytes.withUnsafeBytes { source in
            guard let address = source.baseAddress else { return }
            (base + offset).copyMemory(from: address, byteCount: source.count)
        }
    }

    /// A copy; nil when it would reach outside.
    func copy(count wanted: Int, at offset: Int) -> [UInt8]? {
        guard wanted >= 0, offset >= 0, wanted <= count, offset <= count - wanted else { return nil }
        return [UInt8](unsafeUninitializedCapacity: wanted) { buffer, initialized in
            if wanted > 0, let address = buffer.baseAddress {
                memcpy(address, base + offset, wanted)
            }
            initialized = wanted
        }
    }

    /// Gives the memory that large pictures took back to the system.
    func release(from offset: Int, to end: Int) {
        if end > offset { _ = nft_sandbox_release(descriptor, offset, end - offset) }
    }
}

/// A socket over which structs of a fixed size travel.
///
/// It does not own its descriptor.
struct MessageSocket {
    let number: Int32
    /// Workers may not call what sockets only have, and may die when nobody reads.
    var isOfWorker = true

    /// False when the other side is gone.
    func send<Message: BitwiseCopyable>(_ message: Message) -> Bool {
        withUnsafeBytes(of: message) { bytes in
            var done = 0
            while done < bytes.count {
                let start = bytes.baseAddress.map { $0 + done }
                let count =
                    isOfWorker
                    ? Glibc.write(number, start, bytes.count - done)
                    : Glibc.send(number, start, bytes.count - done, Int32(MSG_NOSIGNAL))
                if count < 0, errno == EINTR { continue }
                if count <= 0 { return false }
                done += count
            }
            return true
        }
    }

    /// Waits for a message; nil when the other side is gone.
    func receive<Message: BitwiseCopyable>(_ type: Message.Type) -> Message? {
        withUnsafeTemporaryAllocation(of: Message.self, capacity: 1) { place in
            let bytes = UnsafeMutableRawBufferPointer(place)
            var done = 0
            while done < bytes.count {
                let count = Glibc.read(number, bytes.baseAddress.map { $0 + done }, bytes.count - done)
                if count < 0, errno == EINTR { continue }
                if count <= 0 { return nil }
                done += count
            }
            return place.baseAddress?.move()
        }
    }
}
