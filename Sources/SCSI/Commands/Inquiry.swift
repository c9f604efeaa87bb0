extension CommandExecution {
  /// INQUIRY (SPC-4 6.6): standard data or a vital product data page.
  mutating func startInquiry(_ environment: Environment) -> CommandStep {
    var data = ParameterData(environment.workspace)
    if let refusal = refuseInquiry { return refusal }
    if !cdb.isSet(0x01, at: 1) {
      let unit = environment.unit
      appendStandardInquiry(
        unit.configuration.identity, peripheral: unit.configuration.type.rawValue,
        isRemovable: unit.isRemovable, to: &data)
    } else if let page = VitalProductDataPage(rawValue: cdb[2]), page.exists(on: environment.unit) {
      page.append(environment.unit, targetPort: environment.nexus.targetPort, to: &data)
    } else {
      return reject(byte: 2)
    }
    return send(data, allocationLength: Int(cdb.uint16(at: 3)), workspace: environment.workspace)
  }

  /// INQUIRY to a number without a unit: peripheral qualifier 011b, device type 1Fh (SPC-4 6.6.2).
  mutating func startAbsentInquiry(_ workspace: UnsafeMutableRawBufferPointer) -> CommandStep {
    if let refusal = refuseInquiry { return refusal }
    guard !cdb.isSet(0x01, at: 1) else { return reject(byte: 1, bit: 0) }
    var data = ParameterData(workspace)
    let nobody = LogicalUnitIdentity(vendor: "", product: "", revision: "", serialNumber: "", naa: 0)
    appendStandardInquiry(nobody, peripheral: 0x7F, isRemovable: false, to: &data)
    return send(data, allocationLength: Int(cdb.uint16(at: 3)), workspace: workspace)
  }

  /// A PAGE CODE without EVPD, or the obsolete CMDDT bit.
  private var refuseInquiry: CommandStep? {
    if cdb.isSet(0x02, at: 1) { return reject(byte: 1, bit: 1) }
    if !cdb.isSet(0x01, at: 1), cdb[2] != 0 { return reject(byte: 2) }
    return nil
  }

  private func appendStandardInquiry(
    _ identity: LogicalUnitIdentity, peripheral: UInt8, isRemovable: Bool, to data: inout ParameterData
  ) {
    data.append(peripheral)
    data.append(isRemovable ? 0x80 : 0x00)  // RMB
    data.append(0x06)  // VERSION: SPC-4
    data.append(0x12)  // HISUP, response data format 2
    data.append(91)  // ADDITIONAL LENGTH
    data.append(peripheral == 0 ? 0x18 : 0)  // TPGS: implicit asymmetric access; 3PC: EXTENDED COPY
    data.append(0)
    data.append(0x02)  // CMDQUE
    data.append(ascii: identity.vendor, width: 8)
    data.append(ascii: identity.product, width: 16)
    data.append(ascii: identity.revision, width: 4)
    data.append(zeros: 22)
    // Version descriptors: SAM-5, iSCSI, SPC-4, SBC-3 or MMC-6, without a version claimed (SPC-4 table 142).
    let type: UInt16 = peripheral == PeripheralDeviceType.multimedia.rawValue ? 0x04E0 : 0x04C0
    for descriptor: UInt16 in [0x00A0, 0x0960, 0x0460, type, 0, 0, 0, 0] { data.append(descriptor) }
    data.append(zeros: 22)
  }
}
