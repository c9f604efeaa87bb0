import BlockStore
import FoundationEssentials
import Linux
import TargetService

/// What the running instance is asked through its socket, as JSON.
enum ControlRequest: Codable, Hashable, Sendable {
  case status
  case overlays
  case commit(lun: Int, initiator: String)
  case discard(lun: Int, initiator: String)

  /// A question that cannot be read is one for the status.
  init(_ json: [UInt8]) {
    self = (try? JSONDecoder().decode(ControlRequest.self, from: Data(json))) ?? .status
  }

  var json: [UInt8] { (try? JSONEncoder().encode(self)).map { Array($0) } ?? [] }
}

/// The answer about overlays.
struct OverlayReport: Codable, Hashable, Sendable {
  struct Unit: Codable, Hashable, Sendable {
    var lun: Int
    var overlays: [OverlayStatus]
  }

  var units: [Unit] = []
  /// Why it was not done; nil if it was.
  var problem: String?
}

extension StatusBoard {
  /// Answers a question; committing an overlay takes as long as it takes.
  func answer(_ request: [UInt8]) -> [UInt8] {
    switch ControlRequest(request) {
    case .status: json
    case .overlays: overlays { _ throws(OverlayRefusal) in }
    case .commit(let lun, let initiator):
      overlays { target throws(OverlayRefusal) in try target.commitOverlay(of: initiator, lun: lun) }
    case .discard(let lun, let initiator):
      overlays { target throws(OverlayRefusal) in try target.discardOverlay(of: initiator, lun: lun) }
    }
  }

  private func overlays(_ change: (TargetServer) throws(OverlayRefusal) -> Void) -> [UInt8] {
    var report = OverlayReport()
    if let target {
      do throws(OverlayRefusal) { try change(target) } catch { report.problem = error.description }
      report.units = target.overlays().sorted { $0.key < $1.key }
        .map { OverlayReport.Unit(lun: $0.key, overlays: $0.value) }
    } else {
      report.problem = "no disk is shared yet"
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return (try? encoder.encode(report)).map { Array($0) } ?? []
  }
}

/// `ramdiskd overlay`: what initiators wrote to overlays of the running instance, and what becomes of it.
public enum OverlayControl {
  /// Something was not done, for the reason in `description`.
  public struct Refusal: Error, CustomStringConvertible {
    public let description: String
  }

  /// Every overlay, one a line.
  public static func list(socket: String) throws -> String {
    let report = try ask(.overlays, socket)
    let lines = report.units.flatMap { unit in
      unit.overlays.map { overlay in
        let use = overlay.isInUse ? "in use" : "not in use"
        let place = overlay.isPersistent ? "kept" : "until it ends"
        let problem = overlay.problem.map { ": \($0)" } ?? ""
        return
          "LUN \(unit.lun)  \(overlay.initiator)  \(Screen.sizeText(overlay.usedBytes)), \(use), \(place)\(problem)"
      }
    }
    return lines.isEmpty ? "no overlays" : lines.joined(separator: "\n")
  }

  /// The same as JSON.
  public static func listJSON(socket: String) throws -> String {
    String(decoding: try StatusSocket.ask(ControlRequest.overlays.json, at: socket), as: UTF8.self)
  }

  /// Writes what `initiator` wrote to the disk of `lun`, for good.
  public static func commit(lun: Int, initiator: String, socket: String) throws {
    _ = try ask(.commit(lun: lun, initiator: initiator), socket)
  }

  /// Forgets what `initiator` wrote to `lun`.
  public static func discard(lun: Int, initiator: String, socket: String) throws {
    _ = try ask(.discard(lun: lun, initiator: initiator), socket)
  }

  private static func ask(_ request: ControlRequest, _ socket: String) throws -> OverlayReport {
    let reply = try StatusSocket.ask(request.json, at: socket)
    let report = try JSONDecoder().decode(OverlayReport.self, from: Data(reply))
    if let problem = report.problem { throw Refusal(description: problem) }
    return report
  }
}
