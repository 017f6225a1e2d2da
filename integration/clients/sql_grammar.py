"""Expressions over a table, drawn from a seeded grammar.

Each is written so that PostgreSQL and DuckDB agree on its value. Where their spelling differs, «a¦b» stands for a in PostgreSQL's
dialect, which is Mediaflight's, and b in DuckDB's. Nothing drawn can fail: no division by zero, no overflow, no cast that may not parse.
"""
import random
from typing import NamedTuple


class Table(NamedTuple):
    """A table, the column that is unique in it, and the columns that each kind of expression may use.

    Kind int is small enough for arithmetic. Columns of kind bigint, real and numeric are only compared, counted and ordered,
    because the two dialects give their sums and products different types.
    """
    name: str
    key: str
    columns: dict


ODDITIES = Table("oddities", "id", {
    "int": ["id", "small"], "bigint": ["big"], "double": ["d"], "real": ["r"], "numeric": ["n"], "text": ["t", "k"], "bool": ["f"], "date": ["day"],
    "timestamp": ["ts"], "int[]": ["nums"], "text[]": ["tags"]})
TITLES = Table("titles", "title_id", {
    "int": ["title_id", "running_time_min", "imdb_votes", "rotten_tomatoes_rating"], "bigint": ["production_budget", "us_gross"], "real": ["imdb_rating"],
    "text": ["title", "major_genre", "source", "mpaa_rating"], "date": ["release_date"]})
IMAGES = Table("images", "image_id", {
    "int": ["width", "height", "image_id"], "bigint": ["package_id"], "real": ["nsfw_score"], "text": ["category", "title", "dominant_color"], "timestamptz": ["created_at"]})

TABLES = [ODDITIES, TITLES, IMAGES]

WORDS = ["", "a", "The", "grün", "PG-13", "Drama", "green", "animals", "x_y", "100%", "日本", "it''s"]
PATTERNS = ["%a%", "The%", "%o_e%", "_", "", "%", r"%\%%", "g%n", "%n", "__%", "%日%", r"x\_y"]


class Grammar:
    """Draws expressions over one table; alias, if given, qualifies its columns."""

    def __init__(self, seed, table, alias=""):
        self.random, self.table, self.prefix = random.Random(seed), table, alias + "." if alias else ""

    def choose(self, *choices):
        return self.random.choice(choices)

    def number(self, low, high):
        return self.random.randint(low, high)

    def column(self, *kinds):
        return self.prefix + self.choose(*(c for kind in kinds for c in self.table.columns.get(kind, [])))

    def has(self, kind):
        return kind in self.table.columns

    def int(self, depth=2):
        if depth <= 0:
            return self.choose(self.column("int"), self.column("int"), str(self.number(0, 120)))
        x, y, few = self.int(depth - 1), self.int(depth - 1), self.number(-9, 9)
        choices = [
            f"({x} + {y})", f"({x} - {y})", f"({x} * {few})", f"({x} / {few or 7})", f"({x} % {few or 7})", f"(0 - {x})", f"abs({x})", f"coalesce({x}, {y})",
            f"nullif({x}, {y})", f"greatest({x}, {y})", f"least({x}, {y}, 50)", f"CASE {self.column('int')} WHEN 1 THEN {x} WHEN 90 THEN 7 END",
            f"CASE WHEN {self.bool(depth - 1)} THEN {x} ELSE {y} END", f"length({self.text(depth - 1)})", f"position('a' IN {self.text(depth - 1)})", f"ascii({self.column('text')} || 'x')"]
        if self.has("date"):
            part = self.choose("year", "month", "day", "quarter", "dow", "doy", "isodow", "week")
            choices += 2 * [f"extract({part} FROM {self.date(depth - 1)})::int"]
        if self.has("int[]"):
            choices += [f"cardinality({self.column('int[]', 'text[]')})", f"({self.column('int[]')})[{self.number(1, 4)}]", f"array_position({self.column('int[]')}, {self.number(1, 3)})"]
        return self.choose(*choices)

    def double(self, depth=2):
        if depth <= 0:
            return self.choose(self.column("real", "double"), self.column("int"), self.choose("0.5", "2.25", "-1.5", "100.125")) + "::double precision"
        x, y = self.double(depth - 1), self.double(depth - 1)
        return self.choose(
            f"({x} + {y})", f"({x} - {y})", f"({x} * {y})", f"({x} / {self.choose('2.0', '-0.25', '3.0')}::double precision)", f"abs({x})", f"floor({x})", f"ceil({x})", f"(- {x})",
            f"sqrt(abs({self.int(depth - 1)})::double precision)", f"coalesce({x}, {y})", f"greatest({x}, {y})", f"least({x}, {y})", f"CASE WHEN {self.bool(depth - 1)} THEN {x} END",
            f"sign({self.int(depth - 1)})::double precision", f"power(2.0::double precision, ({self.column('int')} % 10)::double precision)",
            f"exp(({self.column('int')} % 5)::double precision)", f"ln((abs({self.column('int')}) + 1)::double precision)", f"atan({self.int(0)}::double precision)")

    def text(self, depth=2):
        if depth <= 0:
            return self.choose(self.column("text"), self.column("text"), f"'{self.choose(*WORDS)}'")
        x, y, few = self.text(depth - 1), self.text(depth - 1), self.number(1, 6)
        return self.choose(
            f"lower({x})", f"upper({x})", f"({x} || {y})", f"concat({x}, '-', {y})", f"concat_ws(',', {x}, {y})", f"substring({x} FROM {few} FOR {self.number(0, 4)})",
            f"left({x}, {few - 3})", f"right({x}, {few - 3})", f"replace({x}, 'a', '{self.choose(*WORDS)}')", f"lpad({x}, {few}, 'xy')", f"rpad({x}, {few}, '.')", f"trim({x})", f"ltrim({x}, 'aT')",
            f"split_part({x}, ' ', {self.choose(1, 2, -1)})", f"repeat({self.text(0)}, {self.number(0, 3)})", f"translate({x}, 'aeio', 'AE')", f"coalesce({x}, {y})", f"nullif({x}, {y})",
            f"({self.int(depth - 1)})::text", f"({self.bool(0)})::text", f"CASE WHEN {self.bool(depth - 1)} THEN {x} ELSE {y} END", f"reverse({self.int(depth - 1)}::text)", f"md5({x})",
            f"regexp_replace({x}, '[aeiou]+', '<>', 'g')", f"greatest({x}, {y})")

    def date(self, depth=1):
        if depth <= 0:
            return self.column("date")
        x, days = self.column("date"), self.number(1, 400)
        return self.choose(
            x, f"({x} + {days})", f"({x} - {days})", f"date_trunc('{self.choose('month', 'year', 'quarter', 'week')}', {x})::date", f"coalesce({x}, DATE '2000-02-29')",
            f"({x} + INTERVAL '{self.choose('1 month', '-1 year', '36 hours', '2 weeks')}')::date", f"greatest({x}, DATE '1999-12-31')",
            f"make_date((2000 + {self.column('int')} % 20)::int, (1 + abs({self.column('int')}) % 12)::int, 28)")

    def comparison(self, depth):
        """Two expressions of one type, the second often a constant, and a comparison between them."""
        sides = [(self.int(depth), self.int(depth)), (self.int(depth), str(self.number(0, 120))), (self.double(depth), self.double(0)), (self.text(depth), self.text(0)),
                 (self.column("bigint"), self.choose("0", "1001", "9223372036854775807", "-9223372036854775808", "8000000"))]
        if self.has("date"):
            sides.append((self.date(depth), "DATE '" + self.choose("1999-12-31", "2004-02-29", "1969-12-31", "0004-02-29") + "'"))
        if self.has("numeric"):
            sides.append((self.column("numeric"), self.choose("0", "1.5", "-9999999999.9999", "0.0001", self.column("int"))))
        if self.has("timestamp"):
            sides.append((self.column("timestamp"), self.choose("TIMESTAMP '1969-12-31 23:59:59.999999'", "TIMESTAMP '2024-02-29'", self.column("date"))))
        if self.has("timestamptz"):
            sides.append((self.column("timestamptz"), "TIMESTAMPTZ '" + self.choose("2009-05-01 12:00:00+02", "2012-02-29 00:00:00Z", "2010-01-01 23:00:00-05") + "'"))
        left, right = self.choose(*sides)
        return f"({left} {self.choose('=', '<>', '<', '<=', '>', '>=', 'IS DISTINCT FROM', 'IS NOT DISTINCT FROM')} {right})"

    def bool(self, depth=2):
        if depth <= 0:
            return self.column("bool") if self.has("bool") and self.number(1, 4) == 1 else self.comparison(0)
        x, y, maybe_not, null = self.bool(depth - 1), self.bool(depth - 1), self.choose("", "NOT "), self.choose("", ", NULL")
        choices = [
            self.comparison(depth - 1), self.comparison(depth - 1), f"({x} AND {y})", f"({x} OR {y})", f"(NOT {x})", f"({self.any(depth - 1)} IS {maybe_not}NULL)",
            f"({x} IS {maybe_not}{self.choose('TRUE', 'FALSE', '«UNKNOWN¦NULL»')})", f"({self.int(depth - 1)} {maybe_not}BETWEEN {self.int(0)} AND {self.int(0)})",
            f"({self.int(depth - 1)} {maybe_not}IN (1, 2, {self.int(0)}, 90{null}))", f"({self.text(depth - 1)} {maybe_not}IN ('Drama', 'grün', '', 'green'{null}))",
            f"({self.text(depth - 1)} {maybe_not}{self.choose('LIKE', 'ILIKE')} '{self.choose(*PATTERNS)}'«¦ ESCAPE '\\'»)", f"starts_with({self.text(depth - 1)}, {self.text(0)})"]
        t, pattern = self.text(0), self.choose("^[A-M]", "[0-9]+", "a.*e$", "^$")
        choices.append(f"«({t} ~ '{pattern}')¦regexp_matches({t}, '{pattern}')»")
        if self.has("int[]"):
            element, array = self.choose((self.int(0), self.column("int[]")), (self.text(0), self.column("text[]")))
            choices += 2 * [f"({element} = ANY ({array})«¦ AND {array} IS NOT NULL OR {array} IS NULL AND NULL»)"]  # a NULL array: NULL in PostgreSQL, false in DuckDB
        return self.choose(*choices)

    def any(self, depth=1):
        choices = [self.int(depth), self.double(depth), self.text(depth), self.bool(depth), self.column("bigint")]
        choices += [self.column(kind) for kind in ("numeric", "real", "timestamp", "timestamptz") if self.has(kind)]
        if self.has("date"):
            choices.append(self.date(depth))
        return self.choose(*choices)

    def order(self, expression):
        """The expression as a term of ORDER BY."""
        return expression + self.choose("", " ASC", " DESC") + self.choose("", " NULLS FIRST", " NULLS LAST")

    def aggregate(self):
        """An aggregate whose answer does not depend on the order of its rows."""
        distinct, t = self.choose("", "", "DISTINCT "), self.column("text")
        call = self.choose(
            "count(*)", f"count({distinct}{self.any()})", f"sum({distinct}{self.int(1)})", f"avg({self.int(1)})", f"min({self.int(1)})", f"max({self.text(1)})", f"min({self.column('text')})",
            f"max({self.column('bigint')})", f"min({self.double(1)})", f"max({self.double(1)})", f"bool_and({self.bool(1)})", f"bool_or({self.bool(1)})", f"stddev_pop({self.int(0)}::double precision)",
            f"var_samp({self.int(0)}::double precision)", f"bit_or(abs({self.column('int')}))", f"string_agg({distinct}{t}, '|' ORDER BY {t})", f"array_agg({self.column('int')} ORDER BY {self.prefix}{self.table.key})",
            *([f"max({self.date(1)})", f"min({self.date(1)})"] if self.has("date") else []))
        return call + self.choose("", "", f" FILTER (WHERE {self.bool(1)})")
