// io_uring behind plain C types. liburing.h stays in the .c file: with _GNU_SOURCE it clashes with Swift's Glibc module.
#pragma once
#include <stdint.h>

typedef struct cu_ring cu_ring;

// A completion: what was asked for by `tag`, and its result or negative errno.
typedef struct cu_completion {
  uint64_t tag;
  int32_t result;
  uint32_t flags;
} cu_completion;

// In `flags` of a cu_recv: the socket holds more.
enum { CU_HAS_MORE = 4 };

// How cu_enter came back.
enum cu_woken { CU_AT_ONCE = 0, CU_SPINNING = 1, CU_SLEEPING = 2, CU_TIMEOUT = 3 };

// 0 or negative errno. The calling thread is the only one that may use the ring.
int cu_create(unsigned entries, cu_ring **out);
void cu_destroy(cu_ring *ring);

// Submits what was prepared and waits for a completion: first by looking for `spin_ns`, then asleep for at most
// `timeout_ns` (0: does not wait, negative: for ever). A value of cu_woken, or negative errno.
int cu_enter(cu_ring *ring, int64_t spin_ns, int64_t timeout_ns);

// Takes up to `limit` completions.
unsigned cu_reap(cu_ring *ring, cu_completion *out, unsigned limit);

// Each prepares one request: 0, or -EBUSY when the ring is full even after submitting.
int cu_accept(cu_ring *ring, int fd, uint64_t tag);
// Completes when the descriptor is readable.
int cu_poll_readable(cu_ring *ring, int fd, uint64_t tag);
// expects_wait: waits before it tries, which is cheaper where nothing has come yet.
int cu_recv(cu_ring *ring, int fd, void *buffer, uint32_t length, int expects_wait, uint64_t tag);
int cu_send(cu_ring *ring, int fd, const void *buffer, uint32_t length, uint64_t tag);
int cu_read(cu_ring *ring, int fd, void *buffer, uint32_t length, uint64_t offset, uint64_t tag);
// durable: RWF_DSYNC, on stable storage before it completes.
int cu_write(cu_ring *ring, int fd, const void *buffer, uint32_t length, uint64_t offset, int durable, uint64_t tag);
int cu_fdatasync(cu_ring *ring, int fd, uint64_t tag);
// Cancels everything asked for on a descriptor.
int cu_cancel_fd(cu_ring *ring, int fd, uint64_t tag);

// Two adjacent mappings of the same `length` bytes, so that a ring buffer never wraps; NULL with errno set on failure.
// The length must be a multiple of the page size.
void *cu_map_mirrored(uint64_t length);
void cu_unmap_mirrored(void *base, uint64_t length);
