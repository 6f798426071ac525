#include "cli/input/log_beginning.hpp"

#include <cerrno>

#include <unistd.h>

#include "engine/checksum.hpp"

namespace hourglass::cli {

LogBeginning LogBeginning::of(std::string_view text) {
  const std::string_view beginning = text.substr(0, kBeginningBytes);
  return {beginning.size(), engine::checksum(beginning, 0)};
}

bool LogBeginning::begins(std::string_view text) const {
  return text.size() >= length && of(text.substr(0, length)) == *this;
}

std::string read_beginning(int descriptor) {
  std::string beginning(kBeginningBytes, '\0');
  std::size_t done = 0;
  while (done < beginning.size()) {
    const auto count =
        ::pread(descriptor, beginning.data() + done, beginning.size() - done, static_cast<off_t>(done));
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0)
      break;
    done += static_cast<std::size_t>(count);
  }
  beginning.resize(done);
  return beginning;
}

}  // namespace hourglass::cli
