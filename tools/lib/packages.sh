# Installs the Debian packages that are missing, and says so. Sourced by tools/run and tools/test.

# What building and running needs.
readonly BUILD_PACKAGES="binutils g++ cmake ninja-build pkg-config python3 fuse3 libfuse3-dev nlohmann-json3-dev
  libboost-dev libsqlite3-dev libssl-dev libcli11-dev"
# What only makes a build of everything faster.
readonly SPEED_PACKAGES="mold"
# What the tests need beside that.
readonly TEST_PACKAGES="catch2 librapidcheck-dev attr procps python3-yaml tar mandoc"
# What only makes them compare more: a test is skipped where this cannot be had.
readonly EXTRA_TEST_PACKAGES="gcc-mingw-w64-x86-64-win32 clang libclang-rt-14-dev"
readonly WINE_TEST_PACKAGES="g++-mingw-w64-x86-64-win32 wine wine64 wine64-tools libwine-dev"
readonly BROWSER_TEST_PACKAGES="chromium chromium-driver"
# What only some steps of tools/test need.
readonly LINT_PACKAGES="clang-format-19 clang-tidy-19"
readonly FUZZ_PACKAGES="clang-19 libclang-rt-19-dev"

# ensure_packages "LIST": installs what dpkg does not have.
ensure_packages() {
  local missing=() package
  for package in $1; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
      missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  echo "==> Installing Debian packages: ${missing[*]}"
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
      echo "error: ${missing[*]} are not installed, and installing them needs root or sudo" >&2
      return 1
    fi
    as_root=(sudo)
  fi
  "${as_root[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends \
    "${missing[@]}" >/dev/null
}

# configure_preset PRESET [cmake argument...]
configure_preset() {
  local preset=$1
  shift
  echo "==> Configuring build/$preset"
  cmake --preset "$preset" "$@" >/dev/null
}

# build_preset PRESET [TARGET...]
build_preset() {
  local preset=$1
  shift
  echo "==> Building build/$preset"
  cmake --build "build/$preset" ${1:+--target "$@"} -- --quiet
}
