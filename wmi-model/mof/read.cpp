// The public functions: sources in, schema and diagnostics out.
#include "wmi-model/mof/read.hpp"

#include <exception>
#include <memory_resource>
#include <new>

#include "wmi-model/mof/builder.hpp"
#include "wmi-model/mof/parser.hpp"

namespace hbalab::wmi {
namespace mof {
namespace {

class Reading {
 public:
  explicit Reading(const MofOptions& options)
      : options_(options),
        diagnostics_(sources_, options.max_errors),
        budget_(options.max_source_bytes) {}

  void file(const std::filesystem::path& path) {
    auto text = load_file(path, budget_.left());
    if (!text) {
      diagnostics_.error_in_file(path.string(), "the file cannot be read: " + text.error());
      return;
    }
    std::string note;
    parse(sources_.add_owned(path.string(), std::move(*text), &note), path, note);
  }

  void text(std::string_view name, std::string_view bytes) {
    std::string note;
    if (bytes.size() > budget_.left()) {
      diagnostics_.error_in_file(std::string(name), "the text is longer than the limit of " +
                                                        std::to_string(options_.max_source_bytes) +
                                                        " bytes");
      return;
    }
    parse(sources_.add(std::string(name), bytes, &note), {}, note);
  }

  MofResult finish(const SchemaSet* base) {
    MofResult result;
    SchemaBuilder builder(diagnostics_, sources_, budget_);
    if (!diagnostics_.stopped()) result.schema = builder.build(classes_, base);
    if (result.schema) result.defined = builder.defined();
    result.diagnostics = diagnostics_.take();
    result.files = sources_.paths();
    return result;
  }

 private:
  // Macros belong to one file and what it includes; classes to the whole reading.
  void parse(std::uint32_t index, const std::filesystem::path& path, const std::string& note) {
    if (!note.empty()) diagnostics_.note({index, 0, 0}, note);
    auto preprocessor = std::make_unique<Preprocessor>(sources_, diagnostics_, options_, budget_);
    preprocessor->start(index, path);
    Parser(*preprocessor, diagnostics_, arena_).parse(classes_);
    // Names in the declarations are views of what the preprocessor made.
    preprocessors_.push_back(std::move(preprocessor));
  }

  const MofOptions& options_;
  Sources sources_;
  Diagnostics diagnostics_;
  Budget budget_;
  std::pmr::monotonic_buffer_resource arena_{64 << 10};
  std::vector<std::unique_ptr<Preprocessor>> preprocessors_;
  std::vector<ClassNode*> classes_;
};

template <typename Work>
MofResult guarded(std::string_view name, const MofOptions& options, const SchemaSet* base,
                  Work work) {
  const auto failed = [name](const char* message) {
    MofResult result;
    result.diagnostics.push_back({Diagnostic::Severity::error,
                                  {std::string(name), 0, 0},
                                  std::string("the text cannot be read: ") + message});
    return result;
  };
  try {
    Reading reading(options);
    work(reading);
    return reading.finish(base);
  } catch (const std::bad_alloc&) {
    return failed("there is not enough memory");
  } catch (const std::exception& error) {
    return failed(error.what());
  }
}

}  // namespace

MofResult read_texts(std::span<const std::pair<std::string_view, std::string_view>> texts,
                     const MofOptions& options, const SchemaSet* base) {
  return guarded(texts.empty() ? "" : texts.front().first, options, base, [&](Reading& reading) {
    for (const auto& [name, text] : texts) reading.text(name, text);
  });
}

}  // namespace mof

MofResult read_mof_files(const std::vector<std::filesystem::path>& files, const MofOptions& options,
                         std::shared_ptr<const SchemaSet> base) {
  const std::string name = files.empty() ? std::string() : files.front().string();
  return mof::guarded(name, options, base.get(), [&](mof::Reading& reading) {
    for (const auto& file : files) reading.file(file);
  });
}

MofResult read_mof_text(std::string_view name, std::string_view text, const MofOptions& options,
                        std::shared_ptr<const SchemaSet> base) {
  return mof::guarded(name, options, base.get(),
                      [&](mof::Reading& reading) { reading.text(name, text); });
}

}  // namespace hbalab::wmi
