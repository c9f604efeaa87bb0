// Extended attributes: glibc's Swift module does not import <sys/xattr.h>.
#pragma once
#include <sys/xattr.h>
