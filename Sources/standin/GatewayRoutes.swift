internal import HTTPTypes
internal import Hummingbird

/// `/ipfs/{cid}/{file}`: the punks' pictures under their one CID, and what the hostile tokens point to.
struct GatewayRoutes: Sendable {
    let punks: CryptoPunks

    func add(to router: Router<some RequestContext>) {
        router.get("ipfs/:cid/:file") { request, context in
            let cid = try context.parameters.require("cid")
            let file = try context.parameters.require("file")
            if cid == HostileToken.folderCID { return HostileToken.answer(file) }
            guard cid == CryptoPunks.folderCID, file.hasSuffix(".png"), let number = Int(file.dropLast(4)),
                punks.punks.indices.contains(number)
            else {
                return Answer.text("ipfs resolve -r /ipfs/\(cid)/\(file): no link named that", .notFound)
            }
            return picture(punks.punks[number], request: request)
        }
    }

    private func picture(_ punk: CryptoPunks.Punk, request: Request) -> Response {
        let headers: HTTPFields = [
            .eTag: punk.entityTag, .cacheControl: "public, max-age=29030400, immutable",
        ]
        if request.headers[.ifNoneMatch] == punk.entityTag { return Response(status: .notModified, headers: headers) }
        return Answer.bytes(punk.picture, type: "image/png", headers: headers)
    }
}
