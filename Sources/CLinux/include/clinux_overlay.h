// Memory and sparse files for overlays. All return -1 or NULL and set errno on failure.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// Private zeroed memory that only takes what is touched, in small pages.
void *clinux_map_memory(size_t length);
// The same in large pages where there are any, aligned to them; the first 2 MiB in small ones if `begins_small`.
void *clinux_map_region(size_t length, int begins_small);
// What is touched of it from now on comes in small pages.
void clinux_use_small_pages(void *memory, size_t length);
// A file in `directory` that has no name any more.
int clinux_nameless_file(const char *directory);
// The next byte of data, or hole, from `offset` on; ENXIO where there is none.
off_t clinux_next_data(int fd, off_t offset);
off_t clinux_next_hole(int fd, off_t offset);
// Time of the last change of a file's content, in nanoseconds since 1970.
int clinux_modification_time(int fd, int64_t *nanoseconds);
