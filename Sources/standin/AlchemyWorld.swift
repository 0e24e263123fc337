internal import NIOCore
internal import Synchronization

/// All synthetic contracts, and an account of what was served of them.
final class AlchemyWorld: Sendable {
    let contracts: [AlchemyContract]
    private let byAddress: [String: Int]
    private let account: Mutex<Account>

    private struct Account {
        /// Served pages by contract and first item.
        var served: [UInt64: Int] = [:]
        var pages: [Int]
        var requests = 0
        var faults: [String: Int] = [:]
    }

    init(count: Int, seed: UInt64, largest: Int) {
        contracts = (0..<count).map { AlchemyContract(number: $0, seed: seed, largest: largest) }
        byAddress = Dictionary(contracts.map { ($0.address, $0.number) }) { first, _ in first }
        account = Mutex(Account(pages: Array(repeating: 0, count: count)))
    }

    /// Nil for a contract that is none of these.
    func contract(_ address: String) -> AlchemyContract? { byAddress[address].map { contracts[$0] } }

    /// Notes a request and, where it was answered with a fault, which.
    func note(fault: String?) {
        account.withLock { account in
            account.requests += 1
            if let fault { account.faults[fault, default: 0] += 1 }
        }
    }

    func note(page start: Int, of contract: AlchemyContract) {
        account.withLock { account in
            account.served[UInt64(contract.number) << 32 | UInt64(start), default: 0] += 1
            account.pages[contract.number] += 1
        }
    }

    /// `address,network`, one a line, below a header.
    var list: String { "address,network\n" + contracts.map { "\($0.address),\($0.network)\n" }.joined() }

    /// Every contract with what it has and what was served of it, below one line with the sums.
    var report: String {
        let now = account.withLock { $0 }
        var items = 0
        var failures = [0, 0]
        var lines = ""
        for contract in contracts {
            var failed = [0, 0]
            for index in 0..<contract.itemCount {
                switch AlchemyOddity.of(contract, index) {
                case .retryableError: failed[0] += 1
                case .finalError: failed[1] += 1
                default: break
                }
            }
            items += contract.itemCount
            failures = [failures[0] + failed[0], failures[1] + failed[1]]
            lines += """
                {"network":"\(contract.network)","contract":"\(contract.address)","items":\(contract.itemCount),\
                "retryable":\(failed[0]),"final":\(failed[1]),"pages":\(now.pages[contract.number])}\n
                """
        }
        let pages = now.served.values.reduce(0, +)
        let faults = now.faults.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",")
        return """
            {"contracts":\(contracts.count),"items":\(items),"retryable":\(failures[0]),"final":\(failures[1]),\
            "requests":\(now.requests),"pages":\(pages),"distinct_pages":\(now.served.count),\
            "most_often":\(now.served.values.max() ?? 0),"faults":{\(faults)}}\n
            """ + lines
    }
}
