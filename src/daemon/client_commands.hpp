#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli/send_command.hpp"
#include "cli/totals_command.hpp"

namespace CLI {
class App;
}

namespace hourglass::daemon {

/// `hourglass send` in the parser of the command line, which writes into it while it parses. Lives as long as
/// the parser does.
class SendCommand {
 public:
  explicit SendCommand(CLI::App& parent);
  SendCommand(const SendCommand&) = delete;
  SendCommand& operator=(const SendCommand&) = delete;

  [[nodiscard]] const CLI::App& app() const { return *app_; }

  /// What the command line said, when it has been parsed. The failure says what is wrong with it.
  [[nodiscard]] base::Expected<cli::SendOptions, std::string> result() const;

 private:
  void add_mapping_options();

  cli::SendOptions options_;
  std::string retry_for_;
  std::string mapping_file_;
  std::string rejects_;
  std::string position_;
  CLI::App* app_;
};

/// `hourglass totals`, in the same way.
class TotalsCommand {
 public:
  explicit TotalsCommand(CLI::App& parent);
  TotalsCommand(const TotalsCommand&) = delete;
  TotalsCommand& operator=(const TotalsCommand&) = delete;

  [[nodiscard]] const CLI::App& app() const { return *app_; }
  [[nodiscard]] base::Expected<cli::TotalsOptions, std::string> result() const;

 private:
  cli::TotalsOptions options_;
  std::string from_;
  std::string to_;
  std::string format_ = "table";
  CLI::App* app_;
};

}  // namespace hourglass::daemon
