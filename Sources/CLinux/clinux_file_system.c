#define _GNU_SOURCE
#include "clinux_file_system.h"

#include <unistd.h>

int clinux_syncfs(int fd) { return syncfs(fd); }
