import Glibc
import Linux
import Synchronization

/// A file whose file system is this object: it sees every write-back and every flush that leaves the kernel's page
/// cache, in order, and says when they are done.
///
/// It stands where a disk would stand, below everything of ours and below the page cache, so it is a witness that no
/// mistake of the target's can influence: io_uring, which strace does not see, included.
final class RecordingMedium: Sendable {
  /// The file.
  let path: String
  let bytes: Int
  private let directory: String
  private let device: OwnedDescriptor
  private let stop: EventFlag
  private let state: Mutex<State>
  private let thread = Mutex<ServiceThread?>(nil)

  private struct State {
    var contents: [UInt8]
    var events: [MediumEvent] = []
    var holdsFlushes = false
    var held: [UInt64] = []
    var flushErrno: Int32 = 0

    mutating func takeHeld() -> [UInt64] {
      defer { held = [] }
      return held
    }
  }

  static var isPossible: Bool { geteuid() == 0 && access("/dev/fuse", R_OK | W_OK) == 0 }

  /// Mounts the file system at `directory`, which is made.
  init(at directory: String, bytes: Int) throws {
    self.directory = directory
    self.bytes = bytes
    path = "\(directory)/\(FUSE.diskName)"
    device = try OwnedDescriptor(path: "/dev/fuse", flags: O_RDWR)
    stop = try EventFlag()
    state = Mutex(State(contents: [UInt8](repeating: 0, count: bytes)))
    try mountFileSystem(
      "fuse", from: "recorder", at: directory,
      data: "fd=\(device.number),rootmode=40000,user_id=0,group_id=0,allow_other")
    let thread = try ServiceThread(name: "recorder") { [self] in serve() }
    self.thread.withLock { $0 = thread }
  }

  /// Unmounts; whoever still has the file open gets errors from now on.
  func close() {
    releaseFlushes()
    try? unmountFileSystem(directory, lazily: true)
    stop.raise()
    thread.withLock { thread in
      thread?.join()
      thread = nil
    }
    rmdir(directory)
  }

  var events: [MediumEvent] { state.withLock { $0.events } }

  /// Adds what the initiator has learned.
  func note(_ event: MediumEvent) { state.withLock { $0.events.append(event) } }

  /// From now on no flush ends.
  func holdFlushes() { state.withLock { $0.holdsFlushes = true } }

  /// Number of flushes that wait for `releaseFlushes`.
  var heldFlushes: Int { state.withLock { $0.held.count } }

  /// Ends the flushes that wait, and holds no more.
  func releaseFlushes() {
    let (held, errno) = state.withLock { state in
      state.holdsFlushes = false
      return (state.takeHeld(), state.flushErrno)
    }
    for unique in held { end(unique, errno) }
  }

  /// Lets the flushes that wait fail, and goes on holding others.
  func failHeldFlushes(errno: Int32) {
    for unique in state.withLock({ $0.takeHeld() }) { end(unique, errno) }
  }

  /// Flushes fail from now on; 0: they succeed.
  func failFlushes(errno: Int32) { state.withLock { $0.flushErrno = errno } }

  /// What the medium holds, lost caches aside.
  func contents(_ range: Range<Int>) -> [UInt8] { state.withLock { Array($0.contents[range]) } }

  // MARK: Serving

  private func serve() {
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: FUSE.longestWrite + 65_536, alignment: 4096)
    defer { buffer.deallocate() }
    while true {
      guard let ready = try? pollReadable([device.number, stop.number], timeout: nil), !ready[1] else {
        return
      }
      guard ready[0] else { continue }
      let count = read(device.number, buffer.baseAddress, buffer.count)
      if count < 0, errno == ENODEV { return }
      guard count > 0, let request = FUSE.Request(UnsafeRawBufferPointer(rebasing: buffer[..<count])) else {
        continue
      }
      serve(request)
    }
  }

  private func serve(_ request: FUSE.Request) {
    let unique = request.unique
    switch FUSE.Operation(rawValue: request.operation) {
    case .initialize: send(FUSE.reply(to: unique, FUSE.capabilities))
    case .lookup: lookUp(request)
    case .getattr, .setattr:
      var body = FUSE.Encoder()
      body.add(UInt64(3600), 0)
      send(FUSE.reply(to: unique, body.bytes + FUSE.attributes(of: request.node, bytes: bytes)))
    case .open, .opendir:
      let keepsCache: UInt32 = request.node == FUSE.diskNode ? 1 << 1 : 0
      var body = FUSE.Encoder()
      body.add(UInt64(0))
      body.add(keepsCache, 0)
      send(FUSE.reply(to: unique, body.bytes))
    case .read:
      let start = min(Int(request.number(8, as: UInt64.self)), bytes)
      let end = min(start + Int(request.number(16, as: UInt32.self)), bytes)
      send(FUSE.reply(to: unique, contents(start..<end)))
    case .write: write(request)
    case .fsync: flush(unique)
    case .statfs: send(FUSE.reply(to: unique, [UInt8](repeating: 0, count: 80)))
    case .flush, .release, .releasedir, .destroy: send(FUSE.reply(to: unique))
    case .forget, .batchForget, .interrupt: break
    case nil: send(FUSE.reply(to: unique, errno: ENOSYS))
    }
  }

  private func lookUp(_ request: FUSE.Request) {
    guard request.body.prefix(while: { $0 != 0 }).elementsEqual(FUSE.diskName.utf8) else {
      return send(FUSE.reply(to: request.unique, errno: ENOENT))
    }
    var body = FUSE.Encoder()
    body.add(FUSE.diskNode, 0, 3600, 3600, 0)
    send(FUSE.reply(to: request.unique, body.bytes + FUSE.attributes(of: FUSE.diskNode, bytes: bytes)))
  }

  private func write(_ request: FUSE.Request) {
    let offset = Int(request.number(8, as: UInt64.self))
    let length = Int(request.number(16, as: UInt32.self))
    let data = Array(request.body.dropFirst(40).prefix(length))
    guard data.count == length, offset + length <= bytes else {
      return send(FUSE.reply(to: request.unique, errno: ENOSPC))
    }
    state.withLock { state in
      state.contents.replaceSubrange(offset..<(offset + length), with: data)
      state.events.append(.write(offset: offset, bytes: data))
    }
    var body = FUSE.Encoder()
    body.add(UInt32(length), 0)
    send(FUSE.reply(to: request.unique, body.bytes))
  }

  private func flush(_ unique: UInt64) {
    let errno = state.withLock { state -> Int32? in
      state.events.append(.flushBegan(unique))
      guard state.holdsFlushes else { return state.flushErrno }
      state.held.append(unique)
      return nil
    }
    if let errno { end(unique, errno) }
  }

  private func end(_ unique: UInt64, _ errno: Int32) {
    // Before the answer leaves: nobody can know of it earlier.
    if errno == 0 { note(.flushEnded(unique)) }
    send(FUSE.reply(to: unique, errno: errno))
  }

  private func send(_ reply: [UInt8]) { _ = Glibc.write(device.number, reply, reply.count) }
}
