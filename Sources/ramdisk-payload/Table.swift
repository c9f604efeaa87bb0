import PayloadImage

/// Sizes of a payload, for people.
enum Table {
  static func text(_ report: PayloadBuilder.Report) -> String {
    var lines = [row("file", "size", "in memory")]
    for file in report.manifest.files {
      lines.append(row(file.name, megabytes(file.size), report.unpackedSizes[file.name].map(megabytes) ?? ""))
    }
    let unpacked = report.unpackedSizes.values.reduce(0, +)
    lines.append(row("in all", megabytes(report.manifest.size), megabytes(unpacked)))
    lines.append("kernel \(report.manifest.kernelVersion), \(report.moduleCount) modules")
    return lines.joined(separator: "\n")
  }

  /// Decimal megabytes with one digit after the point.
  static func megabytes(_ bytes: Int) -> String {
    let tenths = (bytes + 50_000) / 100_000
    return "\(tenths / 10).\(tenths % 10) MB"
  }

  private static func row(_ name: String, _ size: String, _ memory: String) -> String {
    func pad(_ text: String, _ width: Int) -> String {
      String(repeating: " ", count: max(0, width - text.count))
    }
    return name + pad(name, 12) + pad(size, 10) + size + pad(memory, 12) + memory
  }
}
