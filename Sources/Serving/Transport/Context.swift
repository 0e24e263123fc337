import Hummingbird

/// What a request's handlers know besides the request.
struct Context: RequestContext {
    var coreContext: CoreRequestContextStorage
    let client: ClientPresence

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        client = ClientPresence(channel: source.channel)
    }
}
