extension CLIPModel: LocalEmbedder {
    package func makeReady() async throws { try await prepare() }
}
