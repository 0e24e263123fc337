internal import ArgumentParser

/// The repositories of models, and what goes wrong with them.
struct ModelOptions: ParsableArguments {
    @Option(help: "Serve the folders OWNER/NAME below this one as repositories of models.")
    var models: String?

    @Option(help: "Want this token for the models' repositories.")
    var modelToken: String?

    @Flag(help: "Refuse the models' repositories with 403, as gated ones are.")
    var modelGated = false

    @Option(help: "The name of this machine that large files are redirected to.")
    var modelCdnHost: String?

    @Option(help: "End the first answer for each large file after so many bytes.")
    var modelCutAfter: Int?

    @Option(help: "Spoil a byte of so many answers for large files.")
    var modelCorrupt = 0

    @Option(help: "Answer so many requests for large files with 503 first.")
    var modelBusy = 0

    @Option(help: "Send large files at so many bytes a second.")
    var modelRate: Int?

    func validate() throws {
        guard modelCutAfter.map({ $0 > 0 }) ?? true else {
            throw ValidationError("--model-cut-after must be 1 or more.")
        }
        guard modelRate.map({ $0 > 0 }) ?? true else { throw ValidationError("--model-rate must be 1 or more.") }
        guard modelCorrupt >= 0, modelBusy >= 0 else { throw ValidationError("Counts must not be negative.") }
    }
}
