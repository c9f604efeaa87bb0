#include "CEfivar.h"
