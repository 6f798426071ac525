#pragma once

#include <string>

namespace hourglass::daemon {

/// Which build of the program this is.
struct BuildFacts {
  std::string version;
  std::string commit;  // of the sources; "unknown" where they came without their history
  std::string build_type;
  std::string compiler;
  std::string libraries;  // names and versions
};

BuildFacts build_facts();

}  // namespace hourglass::daemon
