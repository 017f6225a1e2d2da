"""Queries whose plans differ much from their text, drawn from a seeded grammar: joins of every kind in any nesting, subqueries that refer
to the query around them, groups, set operations, windows and limits, over four small tables with NULLs, NaN and no rows at all.

PostgreSQL and DuckDB agree on each: expressions are plain, and limits are over a complete order.
"""
import random

INT, TEXT, DATE, NUMERIC, DOUBLE = "int", "text", "date", "numeric(8,2)", "double precision"

TABLES = {
    "pa": {"id": INT, "x": INT, "y": INT, "t": TEXT, "d": DATE, "n": NUMERIC, "f": DOUBLE},
    "pb": {"id": INT, "x": INT, "z": INT, "t": TEXT, "n": NUMERIC},
    "pc": {"id": INT, "y": INT, "z": INT, "d": DATE, "f": DOUBLE},
    "pe": {"id": INT, "x": INT, "t": TEXT, "d": DATE, "n": NUMERIC},
}

CONSTANTS = {
    INT: ["0", "1", "2", "3", "5", "8"], TEXT: ["'a'", "'b'", "''", "'ab'", "'Ba'"], DATE: ["DATE '2020-01-01'", "DATE '2020-02-29'", "DATE '1999-12-31'"],
    NUMERIC: ["0", "1.50", "2.25", "-3.00"], DOUBLE: ["0.5::double precision", "'NaN'::double precision", "2.0::double precision"]}


def rows(table, seed=0):
    """The rows of a table, as SQL writes them; of pe there are none."""
    draw = random.Random(f"{table}{seed}")
    count = {"pa": 40, "pb": 25, "pc": 15, "pe": 0}[table]
    return [f"({', '.join([str(i)] + [draw.choice(CONSTANTS[kind] + ['NULL']) for kind in list(TABLES[table].values())[1:]])})" for i in range(count)]


class Column:
    def __init__(self, name, kind):
        self.name, self.kind = name, kind


class Plans:
    def __init__(self, seed):
        self.random, self.aliases = random.Random(seed), 0

    def choose(self, *choices):
        return self.random.choice(choices)

    def one_in(self, n):
        return self.random.randrange(n) == 0

    def alias(self):
        self.aliases += 1
        return f"q{self.aliases}"

    def table(self):
        name, alias = self.choose("pa", "pa", "pb", "pb", "pc", "pe"), self.alias()
        return f"{name} {alias}", [Column(f"{alias}.{c}", kind) for c, kind in TABLES[name].items()]

    def derived(self, depth, outer=()):
        """A query as a table. It may refer to columns of outer."""
        text, columns = self.query(depth - 1, outer)
        alias = self.alias()
        return f"({text}) {alias}", [Column(f"{alias}.{c.name}", c.kind) for c in columns]

    def source(self, depth):
        """What stands in FROM, and its columns."""
        if depth <= 0 or self.one_in(4):
            return self.table()
        if self.one_in(4):
            return self.derived(depth)
        left, lefts = self.source(depth - 1)
        if self.one_in(6):
            right, rights = self.derived(1, lefts)
            return self.choose(f"{left} CROSS JOIN LATERAL {right}", f"{left} LEFT JOIN LATERAL {right} ON true"), lefts + rights
        right, rights = self.source(depth - 1)
        if " JOIN " in right:
            right = f"({right})"
        kind = self.choose("JOIN", "JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "CROSS JOIN")
        equal = self.equality(lefts, rights)
        if kind == "CROSS JOIN" or equal is None:
            return f"{left} CROSS JOIN {right}", lefts + rights
        if kind != "FULL JOIN" and not self.one_in(3):
            equal += f" AND {self.condition(self.choose(lefts, rights, lefts + rights), 1)}"
        return f"{left} {kind} {right} ON {equal}", lefts + rights

    def equality(self, lefts, rights):
        pairs = [(l, r) for l in lefts for r in rights if l.kind == r.kind and l.kind != DOUBLE]
        if not pairs:
            return None
        l, r = self.random.choice(pairs)
        return f"{l.name} = {r.name}"

    def of(self, columns, kind):
        same = [c.name for c in columns if c.kind == kind]
        return self.choose(*same) if same and not self.one_in(3) else self.choose(*CONSTANTS[kind])

    def value(self, columns, kind):
        """An expression of a kind; of those with numbers, small ones."""
        x, y = self.of(columns, kind), self.of(columns, kind)
        return self.choose(x, x, x, f"coalesce({x}, {y})", f"CASE WHEN {self.condition(columns, 0)} THEN {x} ELSE {y} END", f"nullif({x}, {y})", f"greatest({x}, {y})")

    def condition(self, columns, depth, outer=()):
        column = self.random.choice(columns)
        if depth > 0 and self.one_in(2):
            x, y = self.condition(columns, depth - 1, outer), self.condition(columns, depth - 1, outer)
            return self.choose(f"({x} AND {y})", f"({x} OR {y})", f"(NOT {x})", f"(({x} AND {y}) OR ({x} AND {self.condition(columns, 0)}))", f"({x} IS NOT TRUE)")
        if depth > 0 and self.one_in(2):
            return f"({self.subquery(columns)})"
        return f"({self.comparison(column, columns, outer)})"

    def comparison(self, column, columns, outer):
        name, x = column.name, self.of(list(columns) + list(outer), column.kind)
        compare = f"{name} {self.choose('=', '=', '<>', '<', '>=')} {x}"
        if column.kind == TEXT and self.one_in(2):
            return f"{name} {self.choose('LIKE', 'NOT LIKE')} '{self.choose('a%', '%b', '_', '%')}'"
        return self.choose(
            compare, compare, compare, f"{name} IS {self.choose('', 'NOT ')}NULL", f"{name} IS NOT DISTINCT FROM {x}", f"{name} {self.choose('', 'NOT ')}IN ({', '.join(self.random.sample(CONSTANTS[column.kind], 2))}{self.choose('', ', NULL')})",
            f"{name} BETWEEN {x} AND {self.of(columns, column.kind)}", f"{x} {self.choose('=', '<', '>')} {name}")

    def subquery(self, columns):
        """A condition with a subquery, which refers to the columns around it more often than not."""
        source, inner = self.source(self.choose(0, 0, 1))
        where = self.choose(self.condition(inner, 0, columns), self.condition(inner, 1), self.equality(inner, columns) or "true")
        column = self.random.choice(inner)
        same = [c.name for c in columns if c.kind == column.kind] or [self.choose(*CONSTANTS[column.kind])]
        x, compared = self.choose(*same), self.choose("=", "<", ">=", "<>")
        links = [f"{self.choose('<>', '=', '<')} {o.name}" for o in columns if o.kind == column.kind]
        return self.choose(
            f"{self.choose('', 'NOT ')}EXISTS (SELECT 1 FROM {source} WHERE {where})",
            f"EXISTS (SELECT 1 FROM {source} WHERE {where}{''.join(f' AND {column.name} {l}' for l in links[:1])})",
            f"{x} {self.choose('', 'NOT ')}IN (SELECT {column.name} FROM {source} WHERE {where})",
            f"{x} {compared} {self.choose('ANY', 'ALL')} (SELECT {column.name} FROM {source} WHERE {where})",
            f"{x} {compared} (SELECT {self.choose('min', 'max')}({column.name}) FROM {source} WHERE {where})",
            f"(SELECT count(*) FROM {source} WHERE {where}) {self.choose('=', '>')} {self.choose(0, 1, 4)}")

    def query(self, depth, outer=()):
        """A query and its columns, which are named a, b ..."""
        if depth > 0 and self.one_in(7):
            return self.set_operation(depth)
        source, columns = self.source(depth)
        where = self.choose("", f" WHERE {self.condition(columns, 2, outer)}", f" WHERE {self.condition(columns, 1, outer)}")
        if outer:
            where = f" WHERE {self.equality(columns, outer) or self.condition(columns, 0, outer)}" + where.replace(" WHERE", " AND")
        kinds = [self.random.choice(columns).kind for _ in range(self.choose(1, 2, 3))]
        values = [self.value(columns, kind) for kind in kinds]
        names = "abcdef"
        if self.one_in(3):
            return self.grouped(source, columns, where, kinds, values)
        out = [Column(names[i], kind) for i, kind in enumerate(kinds)]
        items = [f"{v}::{kind} AS {names[i]}" for i, (v, kind) in enumerate(zip(values, kinds))]
        if self.one_in(5):
            order, part = ", ".join(c.name for c in columns), self.random.choice(columns).name
            items.append(f"{self.choose('row_number() OVER', 'count(*) OVER', 'rank() OVER')} (PARTITION BY {part} ORDER BY {order})::int AS w")
            out.append(Column("w", INT))
        distinct, tail = self.choose("", "", "", "DISTINCT "), ""
        if self.one_in(4):
            tail = f" ORDER BY {', '.join(str(i + 1) + self.choose('', ' DESC', ' NULLS FIRST') for i in range(len(items)))} LIMIT {self.choose(1, 3, 7, 1000)}{self.choose('', ' OFFSET 2')}"
        return f"SELECT {distinct}{', '.join(items)} FROM {source}{where}{tail}", out

    def grouped(self, source, columns, where, kinds, values):
        keys = list(zip("abcdef", kinds, values))[:self.choose(0, 1, 1, 2)]
        column, other = self.random.choice(columns), self.random.choice(columns)
        measures = [("m", INT, f"count({self.choose('*', column.name, 'DISTINCT ' + column.name)})::int"), ("k", other.kind, f"{self.choose('min', 'max')}({other.name})")]
        if self.one_in(2):
            measures[0] = ("m", INT, f"count(*) FILTER (WHERE {self.condition(columns, 0)})::int")
        items = [f"{v}::{kind} AS {name}" for name, kind, v in keys] + [f"{e} AS {name}" for name, _, e in measures]
        group = f" GROUP BY {', '.join(str(i + 1) for i in range(len(keys)))}" if keys else ""
        having = self.choose("", "", f" HAVING count(*) > {self.choose(1, 2)}", f" HAVING min({column.name}) IS NOT NULL")
        return f"SELECT {', '.join(items)} FROM {source}{where}{group}{having}", [Column(n, k) for n, k, _ in keys + measures]

    def set_operation(self, depth):
        kinds, parts = [self.choose(INT, TEXT, NUMERIC, DATE) for _ in range(self.choose(1, 2))], []
        for _ in range(2):
            source, columns = self.source(depth - 1)
            items = [f"{self.value(columns, kind)}::{kind} AS {name}" for name, kind in zip("ab", kinds)]
            parts.append(f"SELECT {', '.join(items)} FROM {source}{self.choose('', ' WHERE ' + self.condition(columns, 1))}")
        operator = self.choose("UNION", "UNION ALL", "INTERSECT", "EXCEPT", "EXCEPT ALL", "INTERSECT ALL")
        return f"{parts[0]} {operator} {parts[1]}", [Column(name, kind) for name, kind in zip("ab", kinds)]


def query(seed):
    """A query of a seed: the same every time."""
    g = Plans(seed)
    text, columns = g.query(g.choose(1, 2, 2, 3))
    if g.one_in(6):
        return f"WITH w AS ({text}) SELECT l.a, r.a AS b FROM w l JOIN w r ON l.a = r.a" if columns[0].name == "a" else text
    return text
