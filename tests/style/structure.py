# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Finds the functions and the file-scope declarations in the tokens of a C file.

from source import first_branch

CONTROL = {"if", "for", "while", "switch"}
AGGREGATES = {"struct", "union", "enum"}


class Function:
    """A function with its tokens, from the first of its declaration to the closing brace."""

    def __init__(self, declaration):
        self.declaration = declaration
        self.name, self.name_line = function_name(declaration)
        self.first_line = declaration[0].line
        self.body = []
        self.last_line = self.name_line

    @property
    def length(self):
        """Lines from the one with the name to the closing brace."""
        return self.last_line - self.name_line + 1

    def deepest(self):
        """The deepest nesting of blocks inside the body, and the first line where it is reached."""
        depth, most, where = 0, 0, self.name_line
        blocks = []
        for index, token in enumerate(self.body):
            if token.text == "{" and token.kind == "punct":
                # What lies inside an initialiser is no block; the body's own brace counts for nothing.
                inside_block = len(blocks) <= 1 or blocks[-1]
                blocks.append(opens_block(self.body, index) if inside_block else 0)
                depth += blocks[-1]
                if depth > most:
                    most, where = depth, token.line
            elif token.text == "}" and token.kind == "punct" and blocks:
                depth -= blocks.pop()
        return most, where


def function_name(declaration):
    """The word before the last group of parentheses at the outermost level, and its line."""
    depth, name, line = 0, "", declaration[0].line
    previous = None
    for token in declaration:
        if token.text == "(" and token.kind == "punct":
            if depth == 0 and previous is not None and previous.kind == "ident":
                name, line = previous.text, previous.line
            depth += 1
        elif token.text == ")" and token.kind == "punct":
            depth -= 1
        previous = token
    return name, line


def opens_block(tokens, index):
    """1 where the brace opens a block of statements, 0 where it opens an initialiser or a type."""
    if index == 0:
        return 0
    before = tokens[index - 1]
    if before.text in (";", "{", "}", ":", "else", "do"):
        return 1
    if before.text != ")":
        return 0
    # A compound literal's parenthesis follows an operator; that of if, for or a loop macro follows a word.
    opener = matching_open(tokens, index - 1)
    word = tokens[opener - 1] if opener > 0 else None
    return int(word is not None and word.kind == "ident" and word.text not in ("return", "sizeof"))


def matching_open(tokens, index):
    """The index of the parenthesis that the one at index closes."""
    depth = 0
    for place in range(index, -1, -1):
        depth += {")": 1, "(": -1}.get(tokens[place].text, 0)
        if depth == 0:
            return place
    return 0


def without_attributes(tokens):
    """The tokens without __attribute__((...)) and without a macro call that opens the declaration."""
    kept, depth, waiting = [], 0, False
    for token in tokens:
        if depth or (waiting and token.text == "("):
            depth += {"(": 1, ")": -1}.get(token.text, 0)
            waiting = False
        elif token.text in ("__attribute__", "_Alignas", "__declspec"):
            waiting = True
        else:
            kept.append(token)
    return without_leading_macros(kept)


def without_leading_macros(tokens):
    """Drops calls such as G_DEFINE_AUTOPTR_CLEANUP_FUNC (A, b) that stand before a declaration without a semicolon."""
    while len(tokens) > 2 and tokens[0].text.isupper() and tokens[1].text == "(":
        depth = 0
        for index, token in enumerate(tokens):
            depth += {"(": 1, ")": -1}.get(token.text, 0)
            if token.text == ")" and depth == 0:
                break
        # Without a declaration after it the call is all there is: DEFINE_TEST (name) { ... }.
        if index + 1 >= len(tokens) or tokens[index + 1].kind != "ident":
            break
        tokens = tokens[index + 1:]
    return tokens


def is_function(declaration):
    """Whether what stands before an opening brace at file scope makes that brace a function's body."""
    tokens = without_attributes(declaration)
    words = [token.text for token in tokens]
    if not tokens or ")" not in words or "=" in words or words[0] == "typedef":
        return False
    after = words[len(words) - words[::-1].index(")"):]
    return not AGGREGATES.intersection(after)


class Structure:
    """The functions and declarations of one file."""

    def __init__(self, source):
        self.functions = []
        self.declarations = []
        self._tokens = list(first_branch(source.tokens))
        self._scan()

    def _scan(self):
        declaration, index = [], 0
        while index < len(self._tokens):
            token = self._tokens[index]
            if token.kind != "punct" or token.text not in "{};":
                declaration.append(token)
            elif token.text == ";":
                if declaration:
                    self.declarations.append(declaration)
                declaration = []
            elif token.text == "}":
                declaration = []
            elif [word.text for word in declaration][-2:] == ["extern", '"C"']:
                declaration = []
            else:
                index, declaration = self._group(index, declaration)
            index += 1

    def _group(self, index, declaration):
        """Takes a braced group at file scope; returns its last index and what the declaration is after it."""
        end, depth = index, 0
        while end < len(self._tokens):
            token = self._tokens[end]
            if token.kind == "punct":
                depth += {"{": 1, "}": -1}.get(token.text, 0)
            if depth == 0:
                break
            end += 1
        end = min(end, len(self._tokens) - 1)
        if not declaration or not is_function(declaration):
            return end, declaration + [self._tokens[index], self._tokens[end]]
        function = Function(without_attributes(declaration))
        function.first_line = declaration[0].line
        function.body = self._tokens[index:end + 1]
        function.last_line = self._tokens[end].line
        self.functions.append(function)
        return end, []


def structure(source):
    """The structure of a source, found once."""
    if "structure" not in source.cache:
        source.cache["structure"] = Structure(source)
    return source.cache["structure"]


def is_variable(declaration):
    """Whether a declaration at file scope makes a variable."""
    tokens = without_attributes(declaration)
    words = [token.text for token in tokens]
    if len(words) < 2 or words[0] in ("typedef", "extern", "_Static_assert", "static_assert"):
        return False
    if "=" in at_top(words):
        return True
    if AGGREGATES.intersection(words) and words[-1] == "}":
        return False
    if AGGREGATES.intersection(words) and len(words) <= 2:
        return False
    if "(" in words:
        return words[words.index("(") + 1] == "*"
    return sum(token.kind == "ident" for token in tokens) >= 2


def at_top(words):
    """The words outside parentheses."""
    depth, kept = 0, []
    for word in words:
        depth -= word == ")"
        if depth == 0:
            kept.append(word)
        depth += word == "("
    return kept


def is_constant(words):
    """Whether a declared variable itself cannot change: `const` stands after its last asterisk."""
    if "=" in words:
        words = words[:words.index("=")]
    if "*" not in words:
        return "const" in words
    return "const" in words[len(words) - words[::-1].index("*"):]
