import BootMenu
import HTTPTypes
import Hummingbird
import NIOCore
import SiteConfig

/// Answers one request.
struct NetbootResponder: HTTPResponder {
  let content: NetbootContent
  let gates: NetbootGates
  let status: @Sendable () -> [UInt8]
  let metrics: @Sendable () -> [UInt8]
  let events: @Sendable (NetbootEvent) -> Void

  func respond(to request: Request, context: NetbootContext) async throws -> Response {
    guard request.method == .get || request.method == .head else {
      return text(.methodNotAllowed, "Only GET and HEAD.\n", [.allow: "GET, HEAD", .connection: "close"])
    }
    let response = try await answer(request, context)
    return request.method == .head ? response.createHeadResponse() : response
  }

  private func answer(_ request: Request, _ context: NetbootContext) async throws -> Response {
    // Firmware likes double slashes and backslashes.
    let path = request.uri.path.split { $0 == "/" || $0 == "\\" }.map(String.init)
    switch path.last {
    case nil:
      return try await refusal(gates.status, request, context)
        ?? page(StatusPage.html, type: "text/html; charset=utf-8")
    case "status.json" where path.count == 1:
      return try await refusal(gates.status, request, context) ?? page(status(), type: "application/json")
    case "metrics" where path.count == 1:
      return try await refusal(gates.status, request, context)
        ?? page(metrics(), type: "text/plain; version=0.0.4; charset=utf-8")
    // iPXE asks for it in the directory that it was loaded from.
    case "boot.ipxe" where path.count == 1, "autoexec.ipxe":
      return script(scripts(context).entryScript(), request, context)
    case .some(let name) where path.count == 1 && name != "menu.ipxe":
      return loader(name, request, context)
    default:
      return try await refusal(gates.menu, request, context) ?? secured(path, request, context)
    }
  }

  // MARK: What everyone may have

  private func page(_ bytes: [UInt8], type: String) -> Response {
    Response(
      status: .ok,
      headers: [
        .contentType: type, .cacheControl: "no-store", .xContentTypeOptions: "nosniff",
        .contentSecurityPolicy:
          "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:",
      ], body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
  }

  private func loader(_ name: String, _ request: Request, _ context: NetbootContext) -> Response {
    guard !name.hasPrefix("."), !name.contains("\0") else { return notFound }
    return file(content.loaderDirectory + "/" + name, type: Self.type(of: name), request, context)
  }

  /// UEFI HTTP boot goes by the type (edk2 HttpBootSupport).
  private static func type(of name: String) -> String {
    switch name.split(separator: ".").last?.lowercased() {
    case "efi": "application/efi"
    case "iso": "application/vnd.efi-iso"
    case "img": "application/vnd.efi-img"
    case "ipxe", "cfg", "txt": "text/plain; charset=utf-8"
    default: "application/octet-stream"
    }
  }

  // MARK: What takes the password

  /// The answer to who may not have a secret; nil for who may.
  private func refusal(
    _ gate: LoginGate?, _ request: Request, _ context: NetbootContext
  ) async throws -> Response? {
    guard let gate else { return nil }
    let challenge: HTTPFields = [.wwwAuthenticate: "Basic realm=\"iSCSI Target Ramdisk\", charset=\"UTF-8\""]
    guard let credentials = BasicCredentials(header: request.headers[.authorization]) else {
      // iPXE sends its password only when asked for it: this is no attempt.
      return text(.unauthorized, "Log in with user name and password.\n", challenge)
    }
    switch try await gate.check(credentials, client: context.client) {
    case .passed:
      return nil
    case .loggedIn:
      events(.loginSucceeded(client: context.client, user: credentials.user))
      return nil
    case .wrong:
      events(.loginFailed(client: context.client, user: credentials.user))
      return text(.unauthorized, "Wrong user name or password.\n", challenge)
    case .wait(let seconds):
      // Not checked, so nothing new to tell: a flood of attempts must not become a flood of messages.
      return text(
        .tooManyRequests, "Too many wrong passwords: wait \(seconds) s.\n", [.retryAfter: "\(seconds)"])
    }
  }

  private func secured(_ path: [String], _ request: Request, _ context: NetbootContext) -> Response {
    let scripts = scripts(context)
    let client = BootClient(mac: request.uri.queryParameters["mac"].map(String.init))
    let found: String? =
      switch path.count {
      case 1 where path[0] == "menu.ipxe": scripts.menuScript(for: client)
      case 2 where path[1].hasSuffix(".ipxe"):
        switch (path[0], String(path[1].dropLast(".ipxe".count))) {
        case ("boot", let id): scripts.kernelScript(entry: id, for: client)
        case ("disk", let lun): Int(lun).flatMap { scripts.diskScript(lun: $0) }
        case ("script", let id): scripts.siteScript(entry: id)
        default: nil
        }
      default: nil
      }
    if let found { return script(found, request, context) }
    guard path.count == 3, path[0] == "boot", let files = content.images.files[path[1]] else {
      return notFound
    }
    let initrd = path[2].hasPrefix("initrd") ? Int(path[2].dropFirst("initrd".count)) : nil
    if path[2] == "kernel" { return file(files.kernel, request, context) }
    guard let initrd, files.initrds.indices.contains(initrd) else { return notFound }
    return file(files.initrds[initrd], request, context)
  }

  private func scripts(_ context: NetbootContext) -> BootScripts {
    BootScripts(
      site: content.site, entries: content.images.entries,
      portalAddress: content.portalAddress ?? context.localAddress,
      httpAddress: context.localAddress, httpPort: context.localPort)
  }

  // MARK: Answers

  private var notFound: Response { text(.notFound, "There is no such file here.\n") }

  private func text(
    _ status: HTTPResponse.Status, _ text: String, _ headers: HTTPFields = [:]
  ) -> Response {
    var headers = headers
    headers[.contentType] = "text/plain; charset=utf-8"
    return Response(
      status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }

  private func script(_ script: String, _ request: Request, _ context: NetbootContext) -> Response {
    if request.method == .get {
      let bytes = UInt64(script.utf8.count)
      events(.sent(client: context.client, path: request.uri.path, bytes: bytes, seconds: 0))
    }
    return text(.ok, script, [.cacheControl: "no-store"])
  }

  private func file(
    _ path: String, type: String = "application/octet-stream", _ request: Request, _ context: NetbootContext
  ) -> Response {
    guard let file = FileBody(path: path) else { return notFound }
    var headers: HTTPFields = [.contentType: type, .acceptRanges: "bytes"]
    let range: Range<UInt64>
    var status = HTTPResponse.Status.ok
    switch ByteRange(request.headers[.range], size: file.size) {
    case .whole:
      range = 0..<file.size
    case .part(let part):
      range = part
      status = .partialContent
      headers[.contentRange] = "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(file.size)"
    case .unsatisfiable:
      return text(.rangeNotSatisfiable, "The file is shorter.\n", [.contentRange: "bytes */\(file.size)"])
    }
    let start = ContinuousClock.now
    let (client, name, events) = (context.client, request.uri.path, events)
    let body = file.body(range, eventLoop: context.eventLoop) { sent in
      let total = range.upperBound - range.lowerBound
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      events(
        sent == total
          ? .sent(client: client, path: name, bytes: sent, seconds: seconds)
          : .interrupted(client: client, path: name, bytes: sent, of: total))
    }
    return Response(status: status, headers: headers, body: body)
  }
}
