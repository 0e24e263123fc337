internal import ArgumentParser

/// The synthetic contracts of the NFT API.
struct AlchemyOptions: ParsableArguments {
    @Option(help: "Serve so many synthetic contracts; GET /standin/contracts lists them.")
    var contracts = 0

    @Option(help: "Answer so many percent of the API's requests for them with 429, 5xx, a reset or half a page.")
    var alchemyFaultPercent = 0.0

    @Option(help: "How many items the largest of them have.")
    var largestContract = 50_000

    func validate() throws {
        guard (0...1_000_000).contains(contracts) else {
            throw ValidationError("--contracts must be 0 to 1,000,000.")
        }
        guard (0...90).contains(alchemyFaultPercent) else {
            throw ValidationError("--alchemy-fault-percent must be 0 to 90.")
        }
        guard (1...1_000_000).contains(largestContract) else {
            throw ValidationError("--largest-contract must be 1 to 1,000,000.")
        }
    }
}
