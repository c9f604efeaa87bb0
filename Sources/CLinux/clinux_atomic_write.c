#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "clinux_block_device.h"

// From linux/stat.h and linux/fs.h of Linux 6.11, which libraries to build with may be older than.
enum {
  WRITE_ATOMIC_MASK = 0x10000,
  WRITE_ATOMIC_UNIT_MIN_OFFSET = 0xA8,
  WRITE_ATOMIC_UNIT_MAX_OFFSET = 0xAC,
  ATOMIC_FLAG = 0x40,
};

int clinux_atomic_write_limits(int fd, uint32_t *smallest, uint32_t *largest) {
  unsigned char status[512] = {0};
  uint32_t mask;
  *smallest = *largest = 0;
  if (syscall(SYS_statx, fd, "", AT_EMPTY_PATH, WRITE_ATOMIC_MASK, status) == -1) return -1;
  memcpy(&mask, status, sizeof mask);
  if (!(mask & WRITE_ATOMIC_MASK)) return 0;
  memcpy(smallest, status + WRITE_ATOMIC_UNIT_MIN_OFFSET, sizeof *smallest);
  memcpy(largest, status + WRITE_ATOMIC_UNIT_MAX_OFFSET, sizeof *largest);
  return 0;
}

int clinux_open_direct(int fd) {
  char path[32];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  return open(path, O_RDWR | O_DIRECT | O_CLOEXEC);
}

ssize_t clinux_write_atomically(int fd, const void *buffer, size_t length, off_t offset, int durable) {
  struct iovec vector = {.iov_base = (void *)buffer, .iov_len = length};
  return pwritev2(fd, &vector, 1, offset, ATOMIC_FLAG | (durable ? RWF_DSYNC : 0));
}
