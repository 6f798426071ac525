// store_spike [--dir DIR] [--rounds N] [--seconds S] [commits] [recovery] [sealed] [damage]
// Compares an own log and own block files with RocksDB; without a name it measures everything.
#include <cstdio>
#include <exception>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "store_spike/must.hpp"
#include "store_spike/parts.hpp"

namespace {

namespace spike = hourglass::store_spike;

struct Arguments {
  spike::SpikeSettings settings;
  std::set<std::string> parts;
};

Arguments parse(const std::vector<std::string>& words) {
  Arguments arguments;
  arguments.settings.directory = std::filesystem::current_path() / "store_spike.data";
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i].rfind("--", 0) != 0) {
      arguments.parts.insert(words[i]);
      continue;
    }
    spike::must(i + 1 < words.size(), words[i] + " wants a value");
    const std::string& value = words[++i];
    if (words[i - 1] == "--dir")
      arguments.settings.directory = value;
    else if (words[i - 1] == "--rounds")
      arguments.settings.rounds = static_cast<unsigned>(std::stoul(value));
    else if (words[i - 1] == "--seconds")
      arguments.settings.seconds = std::stod(value);
    else
      spike::must(false, "unknown option " + words[i - 1]);
  }
  return arguments;
}

}  // namespace

int main(int argc, char** argv) {
  using Part = std::pair<std::string, std::function<void(const spike::SpikeSettings&)>>;
  const std::vector<Part> parts = {{"commits", spike::measure_commits},
                                   {"recovery", spike::measure_recovery},
                                   {"sealed", spike::measure_sealed_hour},
                                   {"damage", spike::measure_damage}};
  try {
    const Arguments arguments = parse({argv + 1, argv + argc});
    std::filesystem::create_directories(arguments.settings.directory);
    for (const auto& [name, measure] : parts) {
      if (arguments.parts.empty() || arguments.parts.contains(name))
        measure(arguments.settings);
    }
    std::error_code not_empty;
    std::filesystem::remove(arguments.settings.directory, not_empty);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "store_spike: %s\n", failure.what());
    return 1;
  }
  return 0;
}
