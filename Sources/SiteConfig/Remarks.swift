extension Site {
  /// What is right but may not be what was meant, one line each.
  public var remarks: [String] {
    guard network.address == .static, dhcp.mode == .auto else { return accountRemarks }
    return accountRemarks + [
      "dhcp.mode: with network.address \"static\", \"auto\" gives out no addresses, since another DHCP server may do so. "
        + "Use \"server\" on a cable of its own, or \"proxy\" to be rid of this remark."
    ]
  }
}
