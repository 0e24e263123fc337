extension CLIPModel: LocalEmbedder {
    package func makeReady() async throws { try await prepare() }

    package var textRuns: Int { tuning.textStreams }
}
