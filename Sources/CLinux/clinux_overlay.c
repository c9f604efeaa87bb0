#define _GNU_SOURCE
#include "clinux_overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

void *clinux_map_memory(size_t length) {
  void *memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return NULL;
  madvise(memory, length, MADV_NOHUGEPAGE);
  return memory;
}

void *clinux_map_region(size_t length, int begins_small) {
  const size_t large = 2 << 20;
  char *memory = mmap(NULL, length + large, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return NULL;
  size_t before = -(uintptr_t)memory & (large - 1);
  if (before) munmap(memory, before);
  if (large - before) munmap(memory + before + length, large - before);
  memory += before;
  madvise(memory, length, MADV_HUGEPAGE);
  if (begins_small) madvise(memory, large, MADV_NOHUGEPAGE);
  return memory;
}

void clinux_use_small_pages(void *memory, size_t length) { madvise(memory, length, MADV_NOHUGEPAGE); }

int clinux_nameless_file(const char *directory) {
  char path[4096];
  if (snprintf(path, sizeof path, "%s/overlay-XXXXXX", directory) >= (int)sizeof path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  int fd = mkostemp(path, O_CLOEXEC);
  if (fd >= 0) unlink(path);
  return fd;
}

off_t clinux_next_data(int fd, off_t offset) { return lseek(fd, offset, SEEK_DATA); }
off_t clinux_next_hole(int fd, off_t offset) { return lseek(fd, offset, SEEK_HOLE); }

int clinux_modification_time(int fd, int64_t *nanoseconds) {
  struct stat status;
  if (fstat(fd, &status) == -1) return -1;
  *nanoseconds = status.st_mtim.tv_sec * 1000000000LL + status.st_mtim.tv_nsec;
  return 0;
}
