import ISCSI
import Synchronization

/// Where the target listens, and what a connection is told that arrives there.
extension TargetContext {
  /// The portals are open, and no connection has been accepted yet.
  func listens(on portals: [TargetConfiguration.Portal]) { state.withLock { $0.portals = portals } }

  /// The portal that a connection has reached: the one of that address, or the one of all addresses.
  private func portal(at local: SocketAddress?) -> TargetConfiguration.Portal? {
    guard let local else { return nil }
    let candidates = state.withLock { $0.portals }.filter { $0.port == local.port }
    return candidates.first { $0.address == local.host }
      ?? candidates.first { SocketAddress(host: $0.address, port: $0.port).isWildcard }
  }

  /// What logins are told and asked for at a portal.
  func policy(at local: SocketAddress?) -> LoginPolicy {
    guard let portal = portal(at: local) else { return policy }
    var policy = policy
    policy.portalGroupTag = portal.group
    policy.redirection = portal.redirection.map {
      LoginRedirection(
        address: SocketAddress(host: $0.address, port: $0.port).description, isPermanent: $0.isPermanent)
    }
    return policy
  }

  /// What SendTargets tells an initiator that has reached the target at `local`: that address first, then all others
  /// that are known by a number, each with the tag of its portal group.
  func addresses(reachedBy local: SocketAddress?) -> [String] {
    let reached = portal(at: local).flatMap { portal in local.map { "\($0),\(portal.group)" } }
    let others = state.withLock { $0.portals }.filter {
      let address = SocketAddress(host: $0.address, port: $0.port)
      return !address.isWildcard && address != local
    }
    return [reached].compactMap { $0 } + others.map { "\($0),\($0.group)" }
  }
}
