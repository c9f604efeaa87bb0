// What PID 1 asks of the kernel: mounts, modules, power, limits, terminals, keys.
#pragma once
#include <stddef.h>
#include <stdint.h>

enum {
  CLINUX_MOUNT_READ_ONLY = 1,
  CLINUX_MOUNT_NO_SUID = 2,
  CLINUX_MOUNT_NO_DEVICES = 4,
  CLINUX_MOUNT_NO_EXECUTION = 8,
};

/// mount(2) with a combination of CLINUX_MOUNT_*. Returns 0 or -1.
int clinux_mount(const char *source, const char *target, const char *type, int flags, const char *options);

/// umount2(2) that does not follow symbolic links; `lazily` detaches what is still in use. Returns 0 or -1.
int clinux_unmount(const char *target, int lazily);

/// finit_module(2) on an open module, which the kernel unpacks if it is compressed. Returns 0 or -1.
int clinux_load_module(int descriptor, const char *parameters, int is_compressed);

enum { CLINUX_POWER_OFF, CLINUX_RESTART, CLINUX_HALT };

/// reboot(2) with one of the above. Returns only on failure, -1.
int clinux_reboot(int how);

/// Makes Ctrl-Alt-Del a SIGINT to PID 1 instead of an instant restart. Returns 0 or -1.
int clinux_catch_ctrl_alt_del(void);

/// Kernel messages of a level below this one reach the console (1...8). Returns 0 or -1.
int clinux_set_console_log_level(int level);

/// Raises the limit of open descriptors as far as `wanted` and the kernel allow. Returns 0 or -1.
int clinux_raise_descriptor_limit(unsigned long wanted);

/// Writes back and forgets the kernel's cached blocks of a block device (BLKFLSBUF). Returns 0 or -1.
int clinux_flush_block_cache(int descriptor);

/// Columns and rows of a terminal; 0 if it does not say. Returns 0 or -1.
int clinux_terminal_size(int descriptor, uint16_t *columns, uint16_t *rows);

/// Whether an input device (/dev/input/event*) has a power key.
int clinux_has_power_key(int descriptor);

/// Reads the events that wait on an input device: 1 if the power key was pressed, 0 if not, -1 on failure.
int clinux_power_key_pressed(int descriptor);

/// fnmatch(3): whether `text` matches the shell pattern.
int clinux_matches_pattern(const char *pattern, const char *text);

/// Release of the running kernel, as uname(2) says. Returns 0 or -1.
int clinux_kernel_release(char *buffer, size_t capacity);
