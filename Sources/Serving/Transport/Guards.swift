import Core
import HTTPTypes
import Hummingbird
import Logging

/// Puts the headers on every answer that keep a browser from doing what the pages do not ask for.
///
/// Nothing inline, nothing foreign: even a hostile name that got past the escaping could run nothing.
struct SecurityHeaders: RouterMiddleware {
    static let policy = [
        "default-src 'none'", "img-src 'self' blob: data:", "style-src 'self'", "script-src 'self'",
        "connect-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
    ].joined(separator: "; ")

    private static let permissions = "camera=(), microphone=(), geolocation=(), payment=(), usb=()"

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        response.headers[.contentSecurityPolicy] = Self.policy
        response.headers[.xContentTypeOptions] = "nosniff"
        response.headers[.referrerPolicy] = "no-referrer"
        response.headers[.openerPolicy] = "same-origin"
        response.headers[.resourcePolicy] = "same-origin"
        response.headers[.permissionsPolicy] = Self.permissions
        return response
    }
}

/// Turns what routes throw into answers: pages for people, `application/problem+json` for programs.
struct ProblemAnswers: RouterMiddleware {
    /// nil where no people are expected.
    let pages: Pages?
    let maximumBodyBytes: Int

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as CancellationError {
            throw error
        } catch {
            let problem = Problem(explaining: error, maximumBodyBytes: maximumBodyBytes)
            if problem.status >= 500 {
                context.logger.error(
                    "A request failed",
                    metadata: [
                        "path": "\(request.uri.path)",
                        "error": "\((error as? any ExplainedError)?.description ?? "\(error)")",
                    ])
            }
            let wantsPage = request.headers[.accept]?.contains("text/html") == true
            if wantsPage, let pages, !request.uri.path.hasPrefix("/v1/") { return pages.problem(problem) }
            return EmbeddingRoutes.owns(request.uri.path) ? problem.withAPIError.response : problem.response
        }
    }
}

/// Refuses foreign host names (see ``HostRule``) and forms that other sites send.
///
/// Nothing here changes the library, so a forged request could only cost time and fill the short memory of query
/// pictures; browsers tell where a request comes from, so it is refused all the same.
struct ForeignRequests: RouterMiddleware {
    let rule: HostRule

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard rule.allows(request.head.authority) else {
            throw Problem.refused(
                "This server listens on this machine only and answers to localhost, 127.0.0.1 and [::1]."
                    + " Start it with --host to serve other names.")
        }
        if request.method != .get, request.method != .head, request.headers[.fetchSite] == "cross-site" {
            throw Problem.refused("Another web site sent this query. Search from this site's own pages.")
        }
        return try await next(request, context)
    }
}

extension HTTPField.Name {
    /// The name, or a harmless stand-in: the literals here are all valid tokens.
    private static func literal(_ name: String) -> HTTPField.Name { HTTPField.Name(name) ?? .via }

    static let referrerPolicy = literal("Referrer-Policy")
    static let openerPolicy = literal("Cross-Origin-Opener-Policy")
    static let resourcePolicy = literal("Cross-Origin-Resource-Policy")
    static let permissionsPolicy = literal("Permissions-Policy")
    static let fetchSite = literal("Sec-Fetch-Site")
}
