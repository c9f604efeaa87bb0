#define _GNU_SOURCE
#include "clinux_system.h"

#include <errno.h>
#include <fnmatch.h>
#include <linux/fs.h>
#include <linux/input.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

int clinux_mount(const char *source, const char *target, const char *type, int flags, const char *options) {
  unsigned long kernel = 0;
  if (flags & CLINUX_MOUNT_READ_ONLY) kernel |= MS_RDONLY;
  if (flags & CLINUX_MOUNT_NO_SUID) kernel |= MS_NOSUID;
  if (flags & CLINUX_MOUNT_NO_DEVICES) kernel |= MS_NODEV;
  if (flags & CLINUX_MOUNT_NO_EXECUTION) kernel |= MS_NOEXEC;
  return mount(source, target, type, kernel, options);
}

int clinux_unmount(const char *target, int lazily) {
  return umount2(target, UMOUNT_NOFOLLOW | (lazily ? MNT_DETACH : 0));
}

int clinux_load_module(int descriptor, const char *parameters, int is_compressed) {
  // Headers before Linux 5.17 lack MODULE_INIT_COMPRESSED_FILE.
  const int compressed_file = 4;
  return (int)syscall(SYS_finit_module, descriptor, parameters, is_compressed ? compressed_file : 0);
}

int clinux_reboot(int how) {
  switch (how) {
    case CLINUX_POWER_OFF: return reboot(RB_POWER_OFF);
    case CLINUX_RESTART: return reboot(RB_AUTOBOOT);
    case CLINUX_HALT: return reboot(RB_HALT_SYSTEM);
  }
  errno = EINVAL;
  return -1;
}

int clinux_catch_ctrl_alt_del(void) { return reboot(RB_DISABLE_CAD); }

int clinux_set_console_log_level(int level) {
  return klogctl(8 /* SYSLOG_ACTION_CONSOLE_LEVEL */, NULL, level);
}

int clinux_raise_descriptor_limit(unsigned long wanted) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return -1;
  if (limit.rlim_max < wanted) {
    struct rlimit raised = {.rlim_cur = wanted, .rlim_max = wanted};
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0) return 0;
  }
  limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
  return setrlimit(RLIMIT_NOFILE, &limit);
}

int clinux_flush_block_cache(int descriptor) { return ioctl(descriptor, BLKFLSBUF, 0); }

int clinux_terminal_size(int descriptor, uint16_t *columns, uint16_t *rows) {
  struct winsize size;
  if (ioctl(descriptor, TIOCGWINSZ, &size) != 0) return -1;
  *columns = size.ws_col;
  *rows = size.ws_row;
  return 0;
}

int clinux_has_power_key(int descriptor) {
  unsigned char keys[KEY_MAX / 8 + 1] = {0};
  if (ioctl(descriptor, EVIOCGBIT(EV_KEY, sizeof keys), keys) < 0) return 0;
  return keys[KEY_POWER / 8] >> (KEY_POWER % 8) & 1;
}

int clinux_power_key_pressed(int descriptor) {
  struct input_event events[32];
  int pressed = 0;
  for (;;) {
    ssize_t length = read(descriptor, events, sizeof events);
    if (length < 0) {
      if (errno == EINTR) continue;
      return errno == EAGAIN ? pressed : -1;
    }
    if (length == 0) return pressed;
    for (size_t index = 0; index < (size_t)length / sizeof events[0]; index++)
      if (events[index].type == EV_KEY && events[index].code == KEY_POWER && events[index].value == 1) pressed = 1;
  }
}

int clinux_matches_pattern(const char *pattern, const char *text) { return fnmatch(pattern, text, 0) == 0; }

int clinux_kernel_release(char *buffer, size_t capacity) {
  struct utsname name;
  if (capacity == 0 || uname(&name) != 0) return -1;
  strncpy(buffer, name.release, capacity - 1);
  buffer[capacity - 1] = 0;
  return 0;
}
