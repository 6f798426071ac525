// Prints docs/hourglass.1.

#include <iostream>

#include "daemon/man_page.hpp"
#include "daemon/settings.hpp"

int main() {
  std::cout << hourglass::daemon::man_page(hourglass::daemon::settings_table());
}
