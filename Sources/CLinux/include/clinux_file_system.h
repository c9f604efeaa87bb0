// Whole file systems: glibc's Swift module hides what needs _GNU_SOURCE.
#pragma once

int clinux_syncfs(int fd);
