import ArgumentParser

struct ModelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model", abstract: "Get models, look at them and change the library's model.",
        subcommands: [
            ModelPullCommand.self, ModelListCommand.self, ModelInfoCommand.self, ModelUseCommand.self,
            ModelQuantizeCommand.self, ModelRemoveCommand.self,
        ])
}
