import Linux

/// Where a reply stands; it decides which options a PXE client must see, and which not.
enum BootReplyPlace: Hashable, Sendable {
  /// Beside another server, port 67.
  case proxy
  /// With a lease, port 67.
  case lease
  /// Port 4011.
  case bootServer
}

extension BootAnswer {
  /// Puts the boot information into a reply.
  ///
  /// Always `siaddr` and `file` too, never only options: shim reads nothing else. Never option overload: UEFI's PXE
  /// driver then takes the options in `file` for a name.
  func write(
    into reply: inout DHCPPacket, request: DHCPPacket, client: BootClient, server: IPv4Address,
    place: BootReplyPlace
  ) {
    guard let file else { return }
    reply.nextServer = server
    reply.bootFile = file
    reply.options.set(.bootFileName, terminated: file)
    reply.options[.clientMachineIdentifier] = request.options[.clientMachineIdentifier]
    if place == .lease {
      reply.serverName = server.description
      reply.options.set(.tftpServerName, terminated: server.description)
    }
    switch self {
    case .nothing, .refused: break
    case .httpLoader: reply.options.set(.vendorClass, text: "HTTPClient")
    case .loader: writePXE(into: &reply, request: request, client: client, place: place)
    case .chain, .script:
      if place == .lease {
        reply.options[.ipxe] = IPXEOptions.skipProxyWait
      } else {
        reply.options.set(.vendorClass, text: "PXEClient")
      }
    }
  }

  private func writePXE(
    into reply: inout DHCPPacket, request: DHCPPacket, client: BootClient, place: BootReplyPlace
  ) {
    // With a lease, "PXEClient" without option 43 would send UEFI to port 4011 first, where it may wait 10 s.
    guard place != .lease else { return }
    reply.options.set(.vendorClass, text: "PXEClient")
    let isBIOS = client.architecture?.firmware == .bios
    let asked = place == .bootServer ? request.options[.vendorSpecific] : nil
    let vendor = PXEVendorOptions(bootItem: asked.flatMap { PXEVendorOptions(option: $0).bootItem })
    // UEFI gets no option 43: firmware of 2014-2017 forgets the first proxy offer that has one (edk2 issue 6944).
    if isBIOS || vendor.bootItem != nil {
      reply.options[.vendorSpecific] = vendor.encoded(usingBootFile: isBIOS)
    }
  }
}
