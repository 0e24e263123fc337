import ArgumentParser
import Collecting
import Core
import Foundation

/// How the program ends: 0 done, 1 failed, 2 wrong use, 130 interrupted.
enum Exit {
    static func with(_ error: any Error) -> Never {
        switch error {
        case _ where isInterruption(error):
            Console.note("Interrupted; what was done is saved. Run the same command to go on.")
            exit(130)
        case let error as any ExplainedError:
            Console.fail(error.message, cause: error.cause)
            exit(1)
        case let code as ExitCode:
            exit(code.rawValue)
        default:
            let code = NFTopia.exitCode(for: error)
            if code == .success { NFTopia.exit(withError: error) }
            if code == .validationFailure {
                Console.write(NFTopia.fullMessage(for: error) + "\n", to: .standardError)
                exit(2)
            }
            Console.fail("\(error)", cause: nil)
            exit(1)
        }
    }

    private static func isInterruption(_ error: any Error) -> Bool {
        error is CancellationError || (error as? CollectError)?.code == .cancelled
    }
}
