import FoundationEssentials
import Glibc
import Linux
import SystemPackage

/// A directory that exists as long as `body` runs.
func withTemporaryDirectory<Result>(
  isolation: isolated (any Actor)? = #isolation, _ body: (FilePath) async throws -> Result
) async throws -> Result {
  var template = Array("/tmp/payload-test-XXXXXX".utf8CString)
  guard let name = mkdtemp(&template) else {
    throw SystemError(errno: errno, attempt: "make a directory in /tmp")
  }
  let path = FilePath(String(cString: name))
  defer { try? FileManager.default.removeItem(atPath: path.string) }
  return try await body(path)
}
