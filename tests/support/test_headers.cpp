#include "tests/support/test_headers.hpp"
