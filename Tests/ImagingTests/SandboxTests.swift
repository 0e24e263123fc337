import CSandbox
import Foundation
@testable import Imaging
import Testing

/// What this kernel has to isolate workers.
enum Kernel {
    static let filters = nft_sandbox_can_filter() != 0
    static let hasLandlock = nft_sandbox_landlock_version() > 0
    static let isRoot = getuid() == 0
    /// Sanitizers bring threads and system calls of their own, which a sandbox cannot allow.
    static let isWatched = dlsym(nil, "__asan_init") != nil || dlsym(nil, "__tsan_init") != nil
}

/// Each test is a process of its own that locks itself and then tries one thing.
@Suite("The sandbox", .tags(.native), .enabled(if: Kernel.filters && !Kernel.isWatched), .timeLimit(.minutes(2)))
struct SandboxTests {
    @Test("Opening a socket kills")
    func socket() async {
        await #expect(processExitsWith: .signal(SIGSYS)) { try Locked.attempt(NFT_SANDBOX_SOCKET) }
    }

    @Test("Connecting kills")
    func connect() async {
        await #expect(processExitsWith: .signal(SIGSYS)) { try Locked.attempt(NFT_SANDBOX_CONNECT) }
    }

    @Test("Opening a file for writing kills")
    func writing() async {
        await #expect(processExitsWith: .signal(SIGSYS)) { try Locked.attempt(NFT_SANDBOX_WRITE_FILE) }
    }

    @Test("Making a file kills")
    func creating() async {
        await #expect(processExitsWith: .signal(SIGSYS)) { try Locked.attempt(NFT_SANDBOX_CREATE_FILE) }
        #expect(!FileManager.default.fileExists(atPath: "/tmp/nftopia-escape"))
    }

    @Test("Another process kills")
    func fork() async {
        await #expect(processExitsWith: .signal(SIGSYS)) { try Locked.attempt(NFT_SANDBOX_FORK) }
    }

    @Test("Another program kills")
    func execute() async {
        await #expect(processExitsWith: .signal(SIGSYS)) { try Locked.attempt(NFT_SANDBOX_EXECUTE) }
    }

    @Test("Tracing kills")
    func trace() async {
        await #expect(processExitsWith: .signal(SIGSYS)) { try Locked.attempt(NFT_SANDBOX_TRACE) }
    }

    @Test("A signal to another process kills")
    func signalling() async {
        await #expect(processExitsWith: .signal(SIGSYS)) { try Locked.attempt(NFT_SANDBOX_SIGNAL_PARENT) }
    }

    @Test("Files outside the font folders cannot be read, code cannot be made, and root is gone")
    func reading() async {
        await #expect(processExitsWith: .success) {
            guard try Locked.attempt(NFT_SANDBOX_READ_PASSWD) == EACCES,
                nft_sandbox_try(NFT_SANDBOX_EXECUTABLE_MEMORY) == EACCES, getuid() != 0, geteuid() != 0
            else { _exit(1) }
            _exit(0)
        }
    }
}

private enum Locked {
    @discardableResult
    static func attempt(_ attempt: nft_sandbox_attempt) throws -> Int32 {
        try DecodeWorker.enterSandbox(parent: 0, memory: 1 << 30)
        return nft_sandbox_try(attempt)
    }
}
