// Prints docs/operating/settings.md.

#include <iostream>

#include "daemon/settings.hpp"
#include "daemon/settings_text.hpp"

int main() {
  std::cout << hourglass::daemon::settings_page(hourglass::daemon::settings_table());
}
