// A static Swift program that is PID 1 of an initramfs aborts before main unless /proc is mounted.
#pragma once
/// Referenced by the executable so that the linker keeps the constructor.
void earlyproc_keep(void);
