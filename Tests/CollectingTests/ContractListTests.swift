import Testing

@testable import Collecting

struct ContractListTests {
    private static let a = "0xb47e3cd837ddf8e4c57f05d70ab865de6e193bbb"
    private static let b = "0x61FCE80D72363B731425C3A2A46A1A5FED9814B2"
    private static let lower = "0x61fce80d72363b731425c3a2a46a1a5fed9814b2"

    @Test(arguments: [
        "\(a)\n\(b)\n", "# contracts\n\n\(a) # punks\r\n  \(b)\n\(a)\n", "contract\n\(a)\n\(b)",
        "name,address\nPunks,\(a)\n\"Undead, dead\"\t,\(a)\n\"x\",\"\(b)\"", "\(a),Punks\n\(b),Others-too much\n",
        "rank\tContract_Address\n1\t\(a)\n2\t\(b)\n",
    ])
    func `addresses are found in files of all forms`(text: String) {
        let list = ContractList(text)
        #expect(list.contracts.map(\.address) == [Self.a, Self.lower])
        #expect(list.contracts.allSatisfy { $0.network == nil })
    }

    @Test(arguments: [
        "base-mainnet/\(a)", "\(a),base-mainnet", "base-mainnet\t\(a)", "address,network\n\(a),Base-Mainnet",
        "chain;x;contract\nbase-mainnet;1;\(a)",
    ])
    func `a line may name its network`(text: String) {
        #expect(ContractList(text).contracts == [.init(network: "base-mainnet", address: Self.a)])
    }

    @Test func `the same address on two networks are two contracts`() {
        let list = ContractList("eth-mainnet/\(Self.a)\nbase-mainnet/\(Self.a)\neth-mainnet/\(Self.a)")
        #expect(list.contracts.map(\.network) == ["eth-mainnet", "base-mainnet"])
    }

    @Test func `lines that name no contract are told, the others count`() {
        let list = ContractList("\(Self.a)\n0x12\n\(Self.b)\nhttps://opensea.io\n")
        #expect(list.contracts.count == 2)
        #expect(list.problems.map(\.line) == [2, 4])
        #expect(list.problems.allSatisfy { $0.reason.contains("40 hexadecimal digits") })
    }

    @Test func `twenty-two thousand lines are read at once`() {
        let lines = (0..<22_000).map { number in
            let digits = String(number, radix: 16)
            return "0x" + String(repeating: "0", count: 40 - digits.count) + digits
        }
        #expect(ContractList((lines + lines).joined(separator: "\n")).contracts.count == 22_000)
    }
}
