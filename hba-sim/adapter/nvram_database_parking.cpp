// Of the NVRAM's database: closing it for a while, and opening it again.
#include <sqlite3.h>
#include <sys/stat.h>

#include <cerrno>
#include <system_error>

#include "hba-sim/adapter/nvram_database.hpp"

namespace hbalab::adapter {

// A clean end leaves no log behind, in which there may be what was removed.
NvramDatabase::~NvramDatabase() {
  if (stamps_ != Stamps{}) (void)wake();
}

NvramDatabase::Stamp NvramDatabase::stamp(const std::filesystem::path& file) {
  struct stat status{};
  if (::stat(file.c_str(), &status) != 0) return {};
  return {status.st_dev, status.st_ino, status.st_size, status.st_mtim.tv_sec,
          status.st_mtim.tv_nsec};
}

NvramDatabase::Stamps NvramDatabase::stamps() const {
  return {stamp(file_), stamp(std::filesystem::path(file_) += "-wal")};
}

bool NvramDatabase::park() {
  if (db_ == nullptr) return true;
  if (!settle_log()) return false;
  const Stamps now = stamps();
  if (!now.file.is_file(stamps_.file) || !now.log.is_file(stamps_.log)) return false;
  stamps_ = now;
  close_as_it_is();
  return true;
}

void NvramDatabase::close_as_it_is() {
  if (db_ == nullptr) return;
  for (const auto& text : statements()) (this->*text.statement).reset();
  sqlite3_db_config(db_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  db_.reset();
}

bool NvramDatabase::wake() {
  if (db_ != nullptr) return true;
  auto opened = reopen();
  if (opened) return true;
  close_as_it_is();
  error_ = std::move(opened.error());
  return false;
}

// What is as it was needs no check: it passed them when it was opened first.
NvramDatabase::Result NvramDatabase::reopen() {
  struct stat status{};
  if (::stat(file_.c_str(), &status) != 0) {
    return std::unexpected(
        describe("cannot be opened again: " + std::generic_category().message(errno)));
  }
  if (stamps() != stamps_) {
    return std::unexpected(
        describe("was changed or replaced, or its -wal file was, while this lab had it closed. "
                 "Nothing was written to it. Start the lab again to use it as it is now"));
  }
  if (auto connected = connect(file_); !connected) return connected;
  for (const auto step : {&NvramDatabase::configure, &NvramDatabase::take,
                          &NvramDatabase::prepare_all, &NvramDatabase::limit_pages}) {
    if (auto done = (this->*step)(); !done) return done;
  }
  return note_stamps();
}

}  // namespace hbalab::adapter
