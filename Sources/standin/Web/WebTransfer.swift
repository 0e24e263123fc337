internal import Foundation
internal import NIOCore
internal import NIOPosix

/// Carries out one answer and keeps account of it.
struct WebTransfer {
    let channel: any Channel
    let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    let ledger: WebLedger
    let item: Int?
    let isHeadOnly: Bool

    private static let pieceSize = 256 << 10

    /// Returns whether the connection may go on.
    func perform(_ answer: WebAnswer) async throws -> Bool {
        for step in answer.steps {
            switch step {
            case .wait(let duration):
                guard try await wait(duration) else { return false }
            case .head(let status, let headers):
                if let item { ledger.sent(item: item, status: status) }
                try await write(Self.head(status, headers))
            case .bytes(let parts):
                if isHeadOnly { continue }
                for part in parts { try await write(part) }
            case .zeros(let count):
                if isHeadOnly { continue }
                try await writeZeros(count)
            case .endless:
                if isHeadOnly { continue }
                try await writeZeros(.max)
            case .drip(let bytes, let interval):
                if isHeadOnly { continue }
                for byte in bytes {
                    try await write(ByteBuffer(bytes: [byte]))
                    try await Task.sleep(for: interval)
                    guard channel.isActive else { return false }
                }
            case .reset:
                if let options = channel as? any SocketOptionProvider {
                    try? await options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
                }
                try? await channel.close()
                return false
            case .close: return false
            }
        }
        if answer.isWhole, !isHeadOnly, channel.isActive, let item { ledger.sentWhole(item: item) }
        return true
    }

    /// Returns whether anybody is still there; looks every second, so that nobody's connection is kept for long.
    private func wait(_ duration: Duration) async throws -> Bool {
        let end = ContinuousClock.now + duration
        while channel.isActive {
            let left = ContinuousClock.now.duration(to: end)
            guard left > .zero else { return true }
            try await Task.sleep(for: min(left, .seconds(1)))
        }
        return false
    }

    private func write(_ buffer: ByteBuffer) async throws {
        if let item { ledger.sent(item: item, bytes: buffer.readableBytes) }
        try await outbound.write(buffer)
    }

    /// In pieces, so that a large picture is never copied as a whole.
    private func write(_ data: Data) async throws {
        var rest = data
        while !rest.isEmpty {
            try await write(ByteBuffer(bytes: rest.prefix(Self.pieceSize)))
            rest = rest.dropFirst(Self.pieceSize)
        }
    }

    private func writeZeros(_ count: Int) async throws {
        let piece = ByteBuffer(repeating: 0, count: min(count, Self.pieceSize))
        var left = count
        while left > 0 {
            guard channel.isActive else { throw ChannelError.ioOnClosedChannel }
            try await write(left >= piece.readableBytes ? piece : ByteBuffer(repeating: 0, count: left))
            left -= piece.readableBytes
        }
    }

    private static func head(_ status: Int, _ headers: [(String, String)]) -> ByteBuffer {
        var text = "HTTP/1.1 \(status) \(status == 200 ? "OK" : "Status")\r\n"
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        return ByteBuffer(string: text + "\r\n")
    }
}
