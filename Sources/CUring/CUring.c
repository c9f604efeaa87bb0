#define _GNU_SOURCE
#include <liburing.h>
#include "CUring.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

struct cu_ring {
  struct io_uring ring;
  int deferred;
};

int cu_create(unsigned entries, cu_ring **out) {
  cu_ring *self = calloc(1, sizeof *self);
  if (!self) return -ENOMEM;
  struct io_uring_params params = {0};
  params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG;
  int result = io_uring_queue_init_params(entries, &self->ring, &params);
  self->deferred = 1;
  if (result == -EINVAL) {  // kernels before 6.1
    params = (struct io_uring_params){0};
    self->deferred = 0;
    result = io_uring_queue_init_params(entries, &self->ring, &params);
  }
  if (result < 0) {
    free(self);
    return result;
  }
  // Saves looking the descriptor up at every call; Linux 5.18 and later, and never needed.
  (void)io_uring_register_ring_fd(&self->ring);
  *out = self;
  return 0;
}

void cu_destroy(cu_ring *self) {
  io_uring_queue_exit(&self->ring);
  free(self);
}

static int64_t now_ns(void) {
  struct timespec ts;
  clock_gettime(CLOCK_MONOTONIC, &ts);
  return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static inline void relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static int spin(cu_ring *self, int64_t budget) {
  int64_t end = now_ns() + budget;
  do {
    for (int i = 0; i < 32; i++) {
      if (io_uring_cq_ready(&self->ring)) return 1;
      if (IO_URING_READ_ONCE(*self->ring.sq.kflags) & IORING_SQ_TASKRUN) io_uring_get_events(&self->ring);
      relax();
    }
  } while (now_ns() < end);
  return io_uring_cq_ready(&self->ring) != 0;
}

int cu_enter(cu_ring *self, int64_t spin_ns, int64_t timeout_ns) {
  int result;
  if (spin_ns > 0 || timeout_ns == 0 || io_uring_cq_ready(&self->ring)) {
    result = self->deferred ? io_uring_submit_and_get_events(&self->ring) : io_uring_submit(&self->ring);
    if (result < 0 && result != -EINTR && result != -EAGAIN && result != -EBUSY) return result;
    if (io_uring_cq_ready(&self->ring) || timeout_ns == 0) return CU_AT_ONCE;
    if (spin(self, spin_ns)) return CU_SPINNING;
  }
  struct io_uring_cqe *cqe;
  struct __kernel_timespec ts = {timeout_ns / 1000000000, timeout_ns % 1000000000};
  result = io_uring_submit_and_wait_timeout(&self->ring, &cqe, 1, timeout_ns < 0 ? NULL : &ts, NULL);
  if (result == -ETIME) return CU_TIMEOUT;
  if (result < 0 && result != -EINTR && result != -EAGAIN && result != -EBUSY) return result;
  return CU_SLEEPING;
}

unsigned cu_reap(cu_ring *self, cu_completion *out, unsigned limit) {
  unsigned head, count = 0;
  struct io_uring_cqe *cqe;
  io_uring_for_each_cqe(&self->ring, head, cqe) {
    if (count == limit) break;
    out[count].tag = cqe->user_data;
    out[count].result = cqe->res;
    out[count].flags = cqe->flags;
    count++;
  }
  io_uring_cq_advance(&self->ring, count);
  return count;
}

static struct io_uring_sqe *take(cu_ring *self) {
  struct io_uring_sqe *sqe = io_uring_get_sqe(&self->ring);
  if (sqe) return sqe;
  io_uring_submit(&self->ring);
  return io_uring_get_sqe(&self->ring);
}

#define PREPARE(call)                            \
  struct io_uring_sqe *sqe = take(self);         \
  if (!sqe) return -EBUSY;                       \
  call;                                          \
  io_uring_sqe_set_data64(sqe, tag);             \
  return 0

int cu_accept(cu_ring *self, int fd, uint64_t tag) {
  PREPARE(io_uring_prep_accept(sqe, fd, NULL, NULL, SOCK_CLOEXEC));
}

int cu_poll_readable(cu_ring *self, int fd, uint64_t tag) { PREPARE(io_uring_prep_poll_add(sqe, fd, POLLIN)); }

int cu_recv(cu_ring *self, int fd, void *buffer, uint32_t length, int expects_wait, uint64_t tag) {
  // The flag is Linux 5.19's, as `deferred` is 6.1's.
  PREPARE(io_uring_prep_recv(sqe, fd, buffer, length, 0);
          sqe->ioprio = expects_wait && self->deferred ? IORING_RECVSEND_POLL_FIRST : 0);
}

int cu_send(cu_ring *self, int fd, const void *buffer, uint32_t length, uint64_t tag) {
  PREPARE(io_uring_prep_send(sqe, fd, buffer, length, MSG_NOSIGNAL));
}

int cu_read(cu_ring *self, int fd, void *buffer, uint32_t length, uint64_t offset, uint64_t tag) {
  PREPARE(io_uring_prep_read(sqe, fd, buffer, length, offset));
}

int cu_write(cu_ring *self, int fd, const void *buffer, uint32_t length, uint64_t offset, int durable, uint64_t tag) {
  PREPARE(io_uring_prep_write(sqe, fd, buffer, length, offset); sqe->rw_flags = durable ? RWF_DSYNC : 0);
}

int cu_fdatasync(cu_ring *self, int fd, uint64_t tag) {
  PREPARE(io_uring_prep_fsync(sqe, fd, IORING_FSYNC_DATASYNC));
}

int cu_cancel_fd(cu_ring *self, int fd, uint64_t tag) {
  PREPARE(io_uring_prep_cancel_fd(sqe, fd, IORING_ASYNC_CANCEL_ALL));
}

void *cu_map_mirrored(uint64_t length) {
  int fd = memfd_create("iscsi-ring", MFD_CLOEXEC);
  if (fd < 0) return NULL;
  char *base = MAP_FAILED;
  if (ftruncate(fd, length) == 0)
    base = mmap(NULL, length * 2, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base != MAP_FAILED
      && (mmap(base, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED
          || mmap(base + length, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED)) {
    int code = errno;
    munmap(base, length * 2);
    errno = code;
    base = MAP_FAILED;
  }
  int code = errno;
  close(fd);
  errno = code;
  return base == MAP_FAILED ? NULL : base;
}

void cu_unmap_mirrored(void *base, uint64_t length) { munmap(base, length * 2); }
