// FIFREEZE and FITHAW, which the Glibc module does not have.
#pragma once

// Freezes the file system of fd and thaws it again: what its log holds is then in its place, too. 0, or -1 with errno:
// EOPNOTSUPP where it cannot be frozen, EPERM for lack of CAP_SYS_ADMIN, EBUSY when someone else has frozen it.
int clinux_freeze_cycle(int fd);
