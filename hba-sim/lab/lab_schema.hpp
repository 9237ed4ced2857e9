// The classes that a lab knows: the built-in ones, and those of the MOF files that came with loaded
// miniports.
#pragma once

#include <expected>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "hba-sim/port/driver.hpp"
#include "hba-sim/port/trace.hpp"
#include "wmi-model/registry.hpp"

namespace hbalab::lab {

// Thread-safe.
class LabSchema {
 public:
  // `built_in_first`: of two classes with one name, or one GUID, the built-in one counts, because
  // an adapter of the lab registers it.
  LabSchema(std::shared_ptr<const wmi::SchemaSet> built_in, bool built_in_first,
            std::shared_ptr<wmi::ProviderRegistry> registry, std::shared_ptr<port::Trace> trace)
      : built_in_(std::move(built_in)),
        built_in_first_(built_in_first),
        registry_(std::move(registry)),
        trace_(std::move(trace)) {}

  // Reads an adapter's MOF files and publishes their classes. The error is every diagnostic.
  [[nodiscard]] std::expected<void, port::DriverProblem> add(const std::string& adapter,
                                                             const std::vector<std::string>& files);
  void remove(const std::string& adapter);

  // What the adapter's files and what its driver registers do not have in common, and which of its
  // classes the lab has already in another form. Lines; empty: they agree.
  [[nodiscard]] std::vector<std::string> mismatches(const std::string& adapter,
                                                    const wmi::WmiProvider& provider) const;

 private:
  struct Layer {
    std::string adapter;
    std::vector<std::string> files;
    std::shared_ptr<const wmi::SchemaSet> set;  // on top of the built-in classes; null: no files
  };
  [[nodiscard]] bool is_own(const Layer& layer, const wmi::Class& cls) const;
  void publish();

  const std::shared_ptr<const wmi::SchemaSet> built_in_;
  const bool built_in_first_;
  const std::shared_ptr<wmi::ProviderRegistry> registry_;
  const std::shared_ptr<port::Trace> trace_;
  mutable std::mutex mutex_;   // before the registry's lock
  std::vector<Layer> layers_;  // guarded by mutex_; in the order of their coming
};

}  // namespace hbalab::lab
