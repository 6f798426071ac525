"""Finds the functions of a C++ source by their braces, without a compiler.

Comments, literals and preprocessor lines are blanked first. Every brace that opens is then a namespace, a class,
an initialiser, or the body of a function; what is inside a function (lambdas, local classes, blocks) counts to
it. Enough for the sources of one project with one format; not a parser.
"""

import re
from dataclasses import dataclass

BLANKED = re.compile(
    r'//[^\n]*'
    r'|/\*.*?\*/'
    r'|\bR"(?P<mark>[^()\s\\]{0,16})\(.*?\)(?P=mark)"'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-zA-Z_])(?:u8|[uUL])?'(?:\\.|[^'\\\n])+'"
    r'|^[ \t]*#(?:[^\n]*\\\n)*[^\n]*',
    re.DOTALL | re.MULTILINE,
)
NAMESPACE = re.compile(r'^\s*(?:inline\s+)?namespace\b|^\s*extern\s*$')
CLASS = re.compile(r'^\s*(?:export\s+|typedef\s+|friend\s+|static\s+|const\s+|constexpr\s+|inline\s+)*'
                   r'(?:class|struct|union|enum)\b')
WITHOUT_MEANING = re.compile(r'\[\[.*?\]\]|\balignas\s*\([^()]*\)', re.DOTALL)
TEMPLATE = re.compile(r'^\s*template\s*<')
ACCESS = re.compile(r'^\s*(?:public|private|protected)\s*:(?!:)')
SINGLE_COLON = re.compile(r'(?<!:):(?!:)')


@dataclass(frozen=True)
class Function:
    first_line: int
    last_line: int
    header: str

    @property
    def lines(self):
        return self.last_line - self.first_line + 1


def blank(match):
    return re.sub(r'[^\n]', ' ', match.group(0))


def without_template(header):
    """The header without a leading template<...>."""
    while TEMPLATE.match(header):
        at = header.index('<')
        depth = 0
        for position in range(at, len(header)):
            depth += {'<': 1, '>': -1}.get(header[position], 0)
            if depth == 0:
                break
        header = header[position + 1:]
    return header


def has_initialiser_list(header):
    """Whether a colon (not ::, not inside parentheses) follows the parameters, as in a constructor."""
    depth = 0
    closed = False
    for position, char in enumerate(header):
        depth += {'(': 1, ')': -1}.get(char, 0)
        closed = closed or (char == ')' and depth == 0)
        if char == ':' and closed and depth == 0 and '::' not in header[max(0, position - 1):position + 2]:
            return True
    return False


def kind_of(header):
    """What a brace opens, told by the text between it and the statement before: a word of this module."""
    header = ACCESS.sub('', WITHOUT_MEANING.sub(' ', header))
    header = without_template(header)
    if NAMESPACE.match(header):
        return 'scope'
    if CLASS.match(header) and ('(' not in header or SINGLE_COLON.search(header.split('(')[0])):
        return 'scope'
    if ')' not in header:
        return 'initialiser'
    if has_initialiser_list(header) and re.search(r'[\w>]\s*$', header):
        return 'initialiser'
    return 'function'


class Scanner:
    def __init__(self, source):
        self.text = BLANKED.sub(blank, source)
        self.functions = []
        self.open = []  # (kind, start of the header)
        self.header_start = 0
        self.in_function = 0
        self.parentheses = []

    def scan(self):
        for position, char in enumerate(self.text):
            if char == '{':
                self._opened(position)
            elif char == '}':
                self._closed(position)
            elif char in '()':
                self._parenthesis(char)
            elif char == ';' and not self.in_function and not self._in_parentheses():
                self.header_start = position + 1
        return self.functions

    def _parenthesis(self, char):
        if self.in_function:
            return
        if char == '(':
            self.parentheses.append(len(self.open))
        elif self.parentheses:
            self.parentheses.pop()

    def _in_parentheses(self):
        return bool(self.parentheses) and self.parentheses[-1] == len(self.open)

    def _opened(self, position):
        if self.in_function:
            self.in_function += 1
            return
        kind = kind_of(self.text[self.header_start:position])
        if kind == 'function':
            self.in_function = 1
        self.open.append((kind, self.header_start))
        self.header_start = position + 1

    def _closed(self, position):
        if self.in_function > 1:
            self.in_function -= 1
            return
        if not self.open:
            return
        kind, start = self.open.pop()
        if kind == 'function':
            self.in_function = 0
            self.functions.append(self._function(start, position))
        self.header_start = start if kind == 'initialiser' else position + 1

    def _function(self, start, end):
        access = ACCESS.match(self.text[start:end])
        start += access.end() if access else 0
        header = self.text[start:end].split('{')[0]
        start += len(header) - len(header.lstrip())
        return Function(self._line(start), self._line(end), ' '.join(header.split()))

    def _line(self, position):
        return self.text.count('\n', 0, position) + 1


def functions_of(source):
    """The functions of a source text, in their order; lines from the first of the declaration to the last brace."""
    return Scanner(source).scan()
