// Whole file systems: glibc's Swift module hides what needs _GNU_SOURCE.
#pragma once

int clinux_syncfs(int fd);

// renameat2(2) with RENAME_EXCHANGE.
int clinux_exchange(const char *first, const char *second);

// f_type of statfs(2), or -1 with errno.
long clinux_file_system_type(const char *path);
