/// Where the gallery is served and what a request may ask for.
package struct ServerOptions: Sendable {
    /// A host name or address; loopback unless said otherwise.
    package var host: String
    /// 0 lets the system choose a free port.
    package var port: Int

    /// The largest request body, in bytes: a query picture, or a JSON query with some.
    package var maximumBodyBytes = 16 << 20
    /// The most hits that one answer may hold.
    package var maximumHits = 200
    /// How deep paging may go.
    package var maximumOffset = 10_000
    /// Memory for the query pictures of visitors, in bytes; the oldest are forgotten first.
    package var queryPictureBytes = 48 << 20

    /// What clients of the embedding service must show; nil lets everybody in.
    package var serviceKey: ServiceKey?

    package init(host: String = "127.0.0.1", port: Int = 8080) {
        self.host = host
        self.port = port
    }
}
