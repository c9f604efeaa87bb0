import Linux

/// One question for a file.
public struct TFTPFileRequest: Hashable, Sendable {
  /// As `TFTPFileName.normalized` has it.
  public let path: String
  public let client: IPv4Address
  /// The address of ours that the client asked.
  public let server: IPv4Address

  public init(path: String, client: IPv4Address, server: IPv4Address) {
    self.path = path
    self.client = client
    self.server = server
  }
}

/// Where the files come from: fixed ones, or made for the client that asks.
public protocol TFTPFileProvider: Sendable {
  /// The content, or nil if there is no such file. Called from the server's thread: must not block.
  func file(_ request: TFTPFileRequest) -> [UInt8]?
}

/// Files held in memory.
public struct TFTPMemoryFiles: TFTPFileProvider {
  private let files: [String: [UInt8]]

  /// - Parameter files: by name; of two that differ only in case, one is taken.
  public init(_ files: [String: [UInt8]]) {
    self.files = Dictionary(
      files.compactMap { name, bytes in TFTPFileName.normalized(name).map { ($0, bytes) } },
      uniquingKeysWith: { first, _ in first })
  }

  public func file(_ request: TFTPFileRequest) -> [UInt8]? { files[request.path] }
}

/// Files that a closure makes or finds.
public struct TFTPFileClosure: TFTPFileProvider {
  private let find: @Sendable (TFTPFileRequest) -> [UInt8]?

  public init(_ find: @escaping @Sendable (TFTPFileRequest) -> [UInt8]?) { self.find = find }

  public func file(_ request: TFTPFileRequest) -> [UInt8]? { find(request) }
}
