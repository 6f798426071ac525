// How a session answers exports.

#include <array>
#include <charconv>

#include "http/authority.hpp"
#include "http/error_status.hpp"
#include "http/session.hpp"

namespace hourglass::http {
namespace {

using base::Error;
using base::ErrorCode;

void append_chunk(std::string& out, std::string_view data) {
  constexpr int kHexadecimal = 16;
  std::array<char, 16> size{};
  char* const end = std::to_chars(size.data(), size.data() + size.size(), data.size(), kHexadecimal).ptr;
  out.append(size.data(), end);
  out += "\r\n";
  out += data;
  out += "\r\n";
}

/// "0", or "3; 2023-11-14T22:00Z/2023-11-15T00:00Z".
void append_last_chunk(std::string& out, const core::HourList& incomplete_hours) {
  out += "0\r\nHourglass-Incomplete-Hours: ";
  out += std::to_string(incomplete_hours.count());
  if (incomplete_hours.count() > 0)
    out += "; " + incomplete_hours.text();
  out += "\r\n\r\n";
}

}  // namespace

/// Events bear the names of users, and nobody has to show who he is: they stay on this machine. A name that
/// is not the machine's own may be one that a web page had its reader's browser resolve to it.
void Session::prepare_export(const RequestHead& head) {
  if (context_.services.exporter == nullptr) {
    request_.refusal =
        Error{ErrorCode::not_found, "a cluster does not export its events: they are in its Kafka topic"};
    return;
  }
  const bool may_be_passed_on =
      head.is_from_elsewhere || head.is_absolute || head.version == Version::http_1_0;
  if (peer_ != Peer::local || may_be_passed_on || !is_loopback_authority(head.host)) {
    request_.refusal =
        Error{ErrorCode::forbidden,
              "events are exported only to this machine: over a loopback address, by its name or a loopback "
              "name, in HTTP/1.1, and neither through a proxy nor to a web page"};
    return;
  }
  const auto hours = parse_export_query(head.query);
  if (!hours) {
    request_.refusal = hours.error();
    return;
  }
  request_.hours = *hours;
}

void Session::execute_export() {
  if (!request_.form.head_only) {
    wants_ = Wants::piece;
    return;
  }
  context_.answers.events(output_, form());
  finish_answer(200);
  end_request();
}

void Session::piece_came(const base::Result<ExportPiece>& piece) {
  wants_ = Wants::read;
  if (!piece) {
    answer_export_failure(piece.error());
    return advance();
  }
  if (!request_.export_begun) {
    request_.export_begun = true;
    request_.form = form();  // what is said now is kept to
    context_.answers.events(output_, request_.form);
    finish_answer(200);
  }
  if (!piece->lines.empty())
    append_chunk(output_, piece->lines);
  if (!piece->is_last) {
    wants_ = Wants::piece;
    return;
  }
  append_last_chunk(output_, piece->incomplete_hours);
  end_request();
  advance();
}

/// What has been begun can only be broken off: the client misses the last chunk.
void Session::answer_export_failure(const Error& failure) {
  const bool is_of_store =
      failure.code == ErrorCode::hour_damaged || failure.code == ErrorCode::store_unavailable;
  if (is_of_store)
    context_.services.log.write(ports::LogLevel::error, "an export failed", {{"reason", failure.message}});
  if (request_.export_begun)
    return close_after_output();
  answer_error(is_of_store ? Error{failure.code, "the events cannot be read; the log of the server says why"}
                           : failure,
               form());
  end_request();
}

}  // namespace hourglass::http
