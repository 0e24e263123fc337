internal import Glibc

/// The environment's say in which instructions the index computes with.
///
/// `NFTOPIA_KERNEL` is `scalar`, `avx2`, `avx512` or `neon`; all give the same hits. It is there for tests, and for finding
/// out whether a processor's instructions are to blame.
package enum KernelChoice {
    private static let variable = "NFTOPIA_KERNEL"

    /// What the environment asks for; nil to take the fastest.
    static let name = getenv(variable).map { String(cString: $0).lowercased() }.flatMap { $0.isEmpty ? nil : $0 }

    /// Why a choice is not followed; nil when it is, or when there is none.
    package static var problem: String? { name.flatMap(problem(with:)) }

    static func problem(with name: String) -> String? {
        guard Kernel(named: name) == nil || CodeKernel(named: name) == nil else { return nil }
        let both = Kernel.supported.map { self.name(of: $0.description) }.filter { CodeKernel(named: $0) != nil }
        return "\(variable)=\(name) is not followed; this processor has \(both.joined(separator: ", "))."
    }

    /// `AVX-512 VNNI` is `avx512`.
    static func name(of description: String) -> String {
        description.prefix { $0 != " " }.filter { $0 != "-" }.lowercased()
    }
}
