#define _GNU_SOURCE
#include "clinux_block_device.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

int clinux_block_device_size(int fd, uint64_t *bytes) { return ioctl(fd, BLKGETSIZE64, bytes); }

int clinux_block_lengths(int fd, uint32_t *logical, uint32_t *physical) {
  int length = 0;
  unsigned int physicalLength = 0;
  if (ioctl(fd, BLKSSZGET, &length) == -1 || ioctl(fd, BLKPBSZGET, &physicalLength) == -1) return -1;
  *logical = (uint32_t)length;
  *physical = physicalLength;
  return 0;
}

int clinux_block_device_is_read_only(int fd, int *readOnly) { return ioctl(fd, BLKROGET, readOnly); }

int clinux_block_device_set_read_only(int fd, int readOnly) { return ioctl(fd, BLKROSET, &readOnly); }

int clinux_discard(int fd, uint64_t offset, uint64_t length) {
  uint64_t range[2] = {offset, length};
  return ioctl(fd, BLKDISCARD, range);
}

int clinux_zero_out(int fd, uint64_t offset, uint64_t length) {
  uint64_t range[2] = {offset, length};
  return ioctl(fd, BLKZEROOUT, range);
}

int clinux_punch_hole(int fd, off_t offset, off_t length) {
  return fallocate(fd, FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE, offset, length);
}

int clinux_zero_range(int fd, off_t offset, off_t length) {
  return fallocate(fd, FALLOC_FL_KEEP_SIZE | FALLOC_FL_ZERO_RANGE, offset, length);
}

ssize_t clinux_read_cached(int fd, void *buffer, size_t length, off_t offset) {
  struct iovec vector = {buffer, length};
  return preadv2(fd, &vector, 1, offset, RWF_NOWAIT);
}

ssize_t clinux_write(int fd, const void *buffer, size_t length, off_t offset, int durable) {
  struct iovec vector = {(void *)buffer, length};
  return pwritev2(fd, &vector, 1, offset, durable ? RWF_DSYNC : 0);
}
