import ArgumentParser
import Fetching

/// Which gateways serve what lives on IPFS and Arweave.
struct GatewayOptions: ParsableArguments {
    @Option(help: "An IPFS gateway's base URL, tried before the public ones; may be repeated.")
    var gateway: [String] = []
    @Option(help: "An Arweave gateway's base URL, tried before the public ones; may be repeated.")
    var arweaveGateway: [String] = []
    @Flag(help: "Ask no public gateways, only those that are named here.") var onlyTheseGateways = false

    func validate() throws {
        for gateway in gateway + arweaveGateway where WebAddress(gateway) == nil {
            throw ValidationError("A gateway is an http or https URL, such as https://ipfs.io, not \"\(gateway)\".")
        }
    }

    var resolver: SourceURLResolver {
        SourceURLResolver(
            ipfsGateways: gateway + (onlyTheseGateways ? [] : SourceURLResolver.publicIPFSGateways),
            arweaveGateways: arweaveGateway + (onlyTheseGateways ? [] : SourceURLResolver.publicArweaveGateways))
    }
}
