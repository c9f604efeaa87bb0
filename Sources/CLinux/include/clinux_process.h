// Signals as file descriptors, and starting a program on a terminal.
#pragma once
#include <stddef.h>
#include <sys/types.h>

/// Blocks `signals` in the calling thread and in those it starts later, and returns a descriptor that becomes
/// readable when one of them is pending, or -1.
int clinux_signal_descriptor(const int *signals, size_t count);

/// The next pending signal, or -1 with EAGAIN.
int clinux_signal_next(int descriptor);

/// Ignores SIGPIPE: a peer that hangs up is an errno, not the end.
void clinux_ignore_sigpipe(void);

/// Starts a program in a session of its own with the terminal `tty` as its controlling terminal and standard
/// input, output and error; no signal is blocked or ignored there. Returns 0 or an errno.
int clinux_spawn_on_terminal(pid_t *child, const char *tty, const char *path, char *const arguments[],
                             char *const environment[]);
