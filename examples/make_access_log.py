#!/usr/bin/env python3
"""Prints the sample access log: make_access_log.py | gzip > access.log.gz. The same every time.

A shop in the combined format of nginx and Apache: pages of products (impressions), links that lead out to partners
(clicks), and what stands in every log beside: assets, robots, errors, forms, scans and broken requests.
"""

import datetime
import random
import sys

SEED = 20231114
LINES = 12_000
BEGIN = datetime.datetime(2023, 11, 15, 6, tzinfo=datetime.timezone.utc)
HOURS = 6

BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 13; SM-S911B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Mobile Safari/537.36",
)
ROBOTS = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "curl/7.88.1",
)
ASSETS = ("/static/site.css", "/static/site.js", "/static/logo.png", "/favicon.ico")
BROKEN = (
    '"-" 408 0 "-" "-"',
    r'"\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03" 400 150 "-" "-"',
    r'"GET /cgi-bin/;wget+http:// HTTP/1.1" 404 153 "-" "Mozilla/5.0 (\x22quoted\x22)"',
    '"POST /login HTTP/1.1" 403 153 "-" "python-requests/2.31.0"',
)


class Shop:
    """Draws visitors and what they ask for."""

    def __init__(self):
        self._random = random.Random(SEED)
        self._visitors = [(self._address(), self._one_of(BROWSERS)) for _ in range(900)]

    def below(self, limit):
        return int(self._random.random() * limit)

    def _one_of(self, choices):
        return choices[self.below(len(choices))]

    def _address(self):
        if self.below(10) == 0:
            return f"2001:db8:{self.below(0x10000):x}::{self.below(0x10000):x}"
        return f"203.0.{self.below(114)}.{self.below(255)}"

    def rest_of_line(self):
        """The visitor's address and what stands behind the time."""
        kind = self.below(100)
        if kind < 2:
            return self._address(), self._one_of(BROKEN)
        address, browser = self._visitors[self.below(self.below(len(self._visitors)) + 1)]
        if kind < 10:
            return f"66.249.66.{self.below(64)}", self._page(self._product(), self._one_of(ROBOTS))
        if kind < 45:
            return address, self._page(self._one_of(ASSETS), browser, status=304 if kind < 20 else 200)
        if kind < 52:
            return address, self._page(f"/out/{self.below(40)}?from={self.below(500)}", browser, status=302)
        if kind < 55:
            return address, f'"POST /cart HTTP/1.1" 303 0 "https://shop.example/" "{browser}"'
        if kind < 58:
            return address, self._page(f"/product/{500 + self.below(100)}", browser, status=404)
        return address, self._page(self._product(), browser)

    def _product(self):
        return f"/product/{self.below(self.below(500) + 1)}"

    def _page(self, target, browser, status=200):
        size = 0 if status == 304 else 500 + self.below(20_000)
        referer = self._one_of(("-", "https://shop.example/", "https://search.example/?q=lamp"))
        return f'"GET {target} HTTP/1.1" {status} {size} "{referer}" "{browser}"'


def main():
    shop = Shop()
    moments = sorted(shop.below(HOURS * 3600) for _ in range(LINES))
    for moment in moments:
        time = (BEGIN + datetime.timedelta(seconds=moment)).strftime("%d/%b/%Y:%H:%M:%S %z")
        address, rest = shop.rest_of_line()
        print(f"{address} - - [{time}] {rest}")


if __name__ == "__main__":
    sys.exit(main())
