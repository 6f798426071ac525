#pragma once

#include <string_view>

namespace hourglass::http {

/// Whether the text is a host, or a host and a port, as RFC 3986 (section 3.2) has them: without user
/// information, the host not empty, the port, where there is one, at most 65535.
bool is_valid_authority(std::string_view text);

/// Whether a valid authority names this machine itself: localhost, a name that ends with .localhost, or a
/// loopback address.
bool is_loopback_authority(std::string_view text);

}  // namespace hourglass::http
