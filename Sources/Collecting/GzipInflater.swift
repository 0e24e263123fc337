internal import CZlib

/// Unpacks gzip (RFC 1952) with its checksums, several members in a row too, in bounded memory.
final class GzipInflater {
    enum Problem: Error {
        /// The file ends within a member.
        case truncated
        case corrupt
        /// The file cannot be read, with `errno`.
        case unreadable(Int32)
    }

    /// On the heap: zlib keeps a pointer to it.
    private let stream: UnsafeMutablePointer<z_stream>
    private var input = [UInt8](repeating: 0, count: 64 << 10)
    private var position = 0
    private var end = 0
    private var isInMember = true

    init() throws(CollectError) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard zlib_shim_inflate_init_gzip(stream) == Z_OK else {
            stream.deallocate()
            throw CollectError(.unreadableSource, "zlib cannot be started; is there memory left?")
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Fills `output` as far as one step goes; 0 at the end of the file.
    ///
    /// `more` reads packed bytes and gives their number, 0 at the end.
    func read(
        into output: inout [UInt8], more: (inout [UInt8]) throws(Problem) -> Int
    ) throws(Problem) -> Int {
        while true {
            if position == end {
                position = 0
                end = try more(&input)
                if end == 0 {
                    guard isInMember else { return 0 }
                    throw .truncated
                }
            }
            if !isInMember {
                // Zero bytes after a member are padding; anything else begins the next.
                while position < end, input[position] == 0 { position += 1 }
                if position == end { continue }
                guard inflateReset(stream) == Z_OK else { throw .corrupt }
                isInMember = true
            }
            let produced = try step(into: &output)
            if produced > 0 { return produced }
        }
    }

    private func step(into output: inout [UInt8]) throws(Problem) -> Int {
        let (start, available, room) = (position, end - position, output.count)
        let status = input.withUnsafeMutableBufferPointer { packed in
            output.withUnsafeMutableBufferPointer { unpacked in
                stream.pointee.next_in = packed.baseAddress.map { $0 + start }
                stream.pointee.avail_in = UInt32(available)
                stream.pointee.next_out = unpacked.baseAddress
                stream.pointee.avail_out = UInt32(room)
                return inflate(stream, Z_NO_FLUSH)
            }
        }
        position = end - Int(stream.pointee.avail_in)
        switch status {
        case Z_STREAM_END: isInMember = false
        case Z_OK, Z_BUF_ERROR: break
        default: throw .corrupt
        }
        return room - Int(stream.pointee.avail_out)
    }
}
