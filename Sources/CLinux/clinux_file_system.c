#define _GNU_SOURCE
#include "clinux_file_system.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/vfs.h>
#include <unistd.h>

int clinux_syncfs(int fd) { return syncfs(fd); }

int clinux_exchange(const char *first, const char *second) {
  return renameat2(AT_FDCWD, first, AT_FDCWD, second, RENAME_EXCHANGE);
}

long clinux_file_system_type(const char *path) {
  struct statfs result;
  return statfs(path, &result) == 0 ? (long)result.f_type : -1;
}
