/* Keeps every rule. */
#include "base.h"

const WRONG Wrong = {0};
