internal import Core

/// The contracts that a file names: one a line, or a table with or without a header, separated by comma, tab or
/// semicolon.
///
/// `#` begins a comment. A contract is an address, or `network/address`; a table may hold the network in a column.
package struct ContractList: Sendable, Equatable {
    package struct Contract: Hashable, Sendable {
        /// Nil where the line does not say.
        package let network: String?
        /// `0x` and forty hexadecimal digits, lower case.
        package let address: String
    }

    /// In the order of the file, each once.
    package private(set) var contracts: [Contract] = []
    /// Lines that name no contract, with their numbers.
    package private(set) var problems: [(line: Int, reason: String)] = []

    /// Reads a file's text.
    package init(_ text: String) {
        var seen: Set<Contract> = []
        var header: Header?
        var isFirst = true
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let cells = Self.cells(line)
            if cells.allSatisfy(\.isEmpty) { continue }
            defer { isFirst = false }
            if isFirst, let found = Header(cells) {
                header = found
                continue
            }
            guard let contract = Self.contract(cells, header) else {
                let shown = String(line.trimmed.prefix(80))
                problems.append((index + 1, "“\(shown)” holds no contract address (0x and 40 hexadecimal digits)."))
                continue
            }
            if seen.insert(contract).inserted { contracts.append(contract) }
        }
    }

    package static func == (a: Self, b: Self) -> Bool {
        a.contracts == b.contracts && a.problems.elementsEqual(b.problems) { $0 == $1 }
    }

    private struct Header {
        let address: Int
        let network: Int?

        /// Nil when the cells are no header: one of them is an address, or none is a name that is known.
        init?(_ cells: [String]) {
            let names = cells.map { $0.lowercased().filter { $0 != "_" && $0 != " " } }
            guard
                let address = names.firstIndex(where: {
                    ["contract", "address", "contractaddress", "contractid"].contains($0)
                })
            else { return nil }
            self.address = address
            network = names.firstIndex { ["network", "chain", "blockchain"].contains($0) }
        }
    }

    private static func cells(_ line: Substring) -> [String] {
        let content = line.prefix { $0 != "#" }
        return content.split(omittingEmptySubsequences: false) { ",;\t".contains($0) }.map { cell in
            cell.trimmed.split(separator: "\"", omittingEmptySubsequences: true).joined().trimmed
        }
    }

    private static func contract(_ cells: [String], _ header: Header?) -> Contract? {
        if let header {
            guard cells.indices.contains(header.address), let found = contract(cells[header.address]) else {
                return nil
            }
            let network = header.network.flatMap { cells.indices.contains($0) ? cells[$0] : nil }
            return Contract(network: found.network ?? network.flatMap(Self.network), address: found.address)
        }
        guard let index = cells.firstIndex(where: { contract($0) != nil }), let found = contract(cells[index]) else {
            return nil
        }
        let others = cells.enumerated().lazy.filter { $0.offset != index }.map(\.element)
        return Contract(
            network: found.network ?? others.first { network($0) != nil && $0.contains("-") }, address: found.address)
    }

    /// Reads `address` or `network/address`.
    private static func contract(_ cell: String) -> Contract? {
        if ItemID.isContractAddress(cell) { return Contract(network: nil, address: cell.lowercased()) }
        guard let slash = cell.firstIndex(of: "/"), let network = network(String(cell[..<slash])),
            ItemID.isContractAddress(cell[cell.index(after: slash)...])
        else { return nil }
        return Contract(network: network, address: cell[cell.index(after: slash)...].lowercased())
    }

    private static func network(_ text: String) -> String? {
        ItemID.isPlainCollectionName(text) ? text.lowercased() : nil
    }
}
