// Stream sockets with a name in the file system.
#pragma once

/// Listens at `path`, where only the owner may connect; a stale socket there is replaced. Non-blocking.
/// Returns the descriptor or -1.
int clinux_unix_listen(const char *path);

/// Connects to `path`. Returns the descriptor or -1.
int clinux_unix_connect(const char *path);

/// The next waiting connection, blocking for reads and writes of at most `seconds`, or -1.
int clinux_unix_accept(int descriptor, int seconds);
