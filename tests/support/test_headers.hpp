// What most tests include, compiled once.
#pragma once

#include <catch2/catch.hpp>

#include "cmake/standard_headers.hpp"
