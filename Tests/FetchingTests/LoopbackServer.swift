import Foundation
import Glibc
import Synchronization

/// A server on loopback that answers every connection with raw bytes of the test's choice, good or bad.
///
/// One thread a connection; enough for tests. Stops when it is released.
final class LoopbackServer: Sendable {
    /// What a handler may do with its connection.
    struct Connection: Sendable {
        let descriptor: Int32

        /// Whether the peer still takes bytes.
        @discardableResult
        func send(_ text: String) -> Bool { send(Array(text.utf8)) }

        @discardableResult
        func send(_ bytes: [UInt8]) -> Bool {
            var sent = 0
            while sent < bytes.count {
                let count = bytes[sent...].withUnsafeBytes { buffer in
                    Glibc.send(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { return false }
                sent += count
            }
            return true
        }

        func respond(_ status: String = "200 OK", headers: [String] = [], body: [UInt8]) {
            let head = ["HTTP/1.1 \(status)", "Content-Length: \(body.count)"] + headers
            send(Array((head.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body)
        }

        /// Waits until the peer closes.
        func waitForClose() {
            var byte: UInt8 = 0
            while recv(descriptor, &byte, 1, 0) > 0 {}
        }
    }

    let port: UInt16
    private let listener: Int32
    private let connectionCount = Atomic<Int>(0)
    private let requestCount = Atomic<Int>(0)

    var origin: String { "http://127.0.0.1:\(port)" }
    var connections: Int { connectionCount.load(ordering: .relaxed) }
    var requests: Int { requestCount.load(ordering: .relaxed) }

    /// `handle` gets each request's head; the connection is kept for the next when it returns true.
    init(_ handle: @escaping @Sendable (String, Connection) -> Bool) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { plain in
                bind(listener, plain, length) == 0 && listen(listener, 64) == 0
                    && getsockname(listener, plain, &length) == 0
            }
        }
        guard isBound else { throw POSIXError(.EADDRNOTAVAIL) }
        self.listener = listener
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [weak self] in
            while true {
                let descriptor = accept(listener, nil, nil)
                guard descriptor >= 0 else { return }
                self?.connectionCount.add(1, ordering: .relaxed)
                Thread.detachNewThread { [weak self] in
                    let connection = Connection(descriptor: descriptor)
                    while let head = Self.head(descriptor) {
                        self?.requestCount.add(1, ordering: .relaxed)
                        if !handle(head, connection) { break }
                    }
                    close(descriptor)
                }
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    private static func head(_ descriptor: Int32) -> String? {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while recv(descriptor, &byte, 1, 0) == 1 {
            bytes.append(byte)
            if bytes.suffix(4) == [13, 10, 13, 10] { return String(decoding: bytes, as: UTF8.self) }
        }
        return nil
    }
}

/// Eight bytes that begin a PNG, then something.
let pngBytes: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + [UInt8](repeating: 7, count: 1000)
