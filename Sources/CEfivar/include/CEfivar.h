// libefivar and libefiboot: EFI variables, device paths, load options.
#pragma once
#include <efivar/efivar.h>
#include <efivar/efiboot.h>
