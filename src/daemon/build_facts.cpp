#include "daemon/build_facts.hpp"

#include "daemon/generated/build_commit.hpp"

namespace hourglass::daemon {

BuildFacts build_facts() {
  return {HOURGLASS_VERSION, kBuildCommit, HOURGLASS_BUILD_TYPE, HOURGLASS_COMPILER, HOURGLASS_LIBRARIES};
}

}  // namespace hourglass::daemon
