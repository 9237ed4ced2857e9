// For the layout_checks files only.
#pragma once

#include <cstddef>
#include <type_traits>

#define HBALAB_STRUCT(type, bytes, alignment, unpadded)                                 \
  static_assert(std::is_standard_layout_v<type> && std::is_trivially_copyable_v<type>); \
  static_assert(sizeof(type) == (bytes) && alignof(type) == (alignment));               \
  static_assert((unpadded) <= (bytes) && (bytes) - (unpadded) < (alignment))

#define HBALAB_MEMBER(type, member, where, bytes) \
  static_assert(offsetof(type, member) == (where) && sizeof(type::member) == (bytes))
