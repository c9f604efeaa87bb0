// Block devices: ioctls that are macros, positional reads and writes with flags, and range operations on files.
// All return -1 and set errno on failure.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// Size in bytes (BLKGETSIZE64).
int clinux_block_device_size(int fd, uint64_t *bytes);
// Logical and physical block length in bytes (BLKSSZGET, BLKPBSZGET).
int clinux_block_lengths(int fd, uint32_t *logical, uint32_t *physical);
// Whether the kernel holds the device read-only (BLKROGET).
int clinux_block_device_is_read_only(int fd, int *readOnly);
// Lets the kernel hold the device read-only, or no longer (BLKROSET); wants CAP_SYS_ADMIN.
int clinux_block_device_set_read_only(int fd, int readOnly);
// BLKDISCARD and BLKZEROOUT of a range.
int clinux_discard(int fd, uint64_t offset, uint64_t length);
int clinux_zero_out(int fd, uint64_t offset, uint64_t length);
// fallocate with FALLOC_FL_KEEP_SIZE and PUNCH_HOLE or ZERO_RANGE.
int clinux_punch_hole(int fd, off_t offset, off_t length);
int clinux_zero_range(int fd, off_t offset, off_t length);
// Smallest and largest write that RWF_ATOMIC can do, in bytes (STATX_WRITE_ATOMIC, Linux 6.11); 0 where none.
int clinux_atomic_write_limits(int fd, uint32_t *smallest, uint32_t *largest);
// Opens the file of a descriptor once more for reading and writing past the page cache (O_DIRECT).
int clinux_open_direct(int fd);
// pwritev2 with RWF_ATOMIC, and with RWF_DSYNC where durable; the descriptor is from clinux_open_direct.
ssize_t clinux_write_atomically(int fd, const void *buffer, size_t length, off_t offset, int durable);
// preadv2 with RWF_NOWAIT: EAGAIN unless everything is in the page cache.
ssize_t clinux_read_cached(int fd, void *buffer, size_t length, off_t offset);
// pwritev2, with RWF_DSYNC where durable.
ssize_t clinux_write(int fd, const void *buffer, size_t length, off_t offset, int durable);
