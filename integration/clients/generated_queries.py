"""Queries over the sample tables and the table of oddities, each with the same answer in PostgreSQL's dialect and in DuckDB's."""
import re
from typing import NamedTuple

from sql_grammar import IMAGES, ODDITIES, TABLES, TITLES, Grammar


class Query(NamedTuple):
    """A query in both dialects; ordered if its ORDER BY leaves no choice."""
    text: str
    ordered: bool = False

    @property
    def sql(self):
        return re.sub("«(.*?)¦(.*?)»", r"\1", self.text)

    @property
    def duckdb(self):
        return re.sub("«(.*?)¦(.*?)»", r"\2", self.text)


KINDS = ["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"]


def projections(seed):
    g = Grammar(seed, TABLES[seed % 3])
    return Query(f"SELECT {g.table.key}, {g.any(2)} AS a, {g.any(3)} AS b, {g.any(2)} AS c FROM {g.table.name}")


def filters(seed):
    g = Grammar(seed, TABLES[seed % 3])
    return Query(f"SELECT {g.table.key}, {g.column('text')} FROM {g.table.name} WHERE {g.bool(3)}")


def orders(seed):
    g = Grammar(seed, TABLES[seed % 3])
    limit = g.choose("", f" LIMIT {g.number(0, 30)}", f" LIMIT {g.number(1, 30)} OFFSET {g.number(1, 40)}", f" OFFSET {g.number(10, 3000)}")
    where = g.choose("", f" WHERE {g.bool(1)}")
    return Query(f"SELECT {g.table.key}, {g.any(1)} AS a FROM {g.table.name}{where} ORDER BY {g.order(g.any(1))}, {g.order(g.any(1))}, {g.table.key}{limit}", ordered=True)


def distincts(seed):
    g = Grammar(seed, TABLES[seed % 3])
    return Query(f"SELECT DISTINCT {g.any(1)} AS a, {g.bool(0)} AS b FROM {g.table.name}{g.choose('', ' WHERE ' + g.bool(2))}")


def groups(seed):
    g = Grammar(seed, TABLES[seed % 3])
    having = g.choose("", "", f" HAVING {g.choose('count(*) > 2', 'min(' + g.column('int') + ') < 20', g.aggregate() + ' IS NOT NULL')}")
    where = g.choose("", f" WHERE {g.bool(2)}")
    return Query(f"SELECT {g.text(1)} AS a, {g.any(1)} AS b, {g.aggregate()} AS c, {g.aggregate()} AS d, {g.aggregate()} AS e FROM {g.table.name}{where} GROUP BY 1, 2{having}")


def totals(seed):
    g = Grammar(seed, TABLES[seed % 3])
    return Query(f"SELECT {', '.join(f'{g.aggregate()} AS a{i}' for i in range(4))} FROM {g.table.name}{g.choose('', ' WHERE ' + g.bool(2))}")


def joins(seed):
    """Joins of oddities with itself: every kind, on equalities that repeat and are NULL, with conditions on either side."""
    l, r = Grammar(seed, ODDITIES, "l"), Grammar(seed + 10_000, ODDITIES, "r")
    equal = l.choose("l.small = r.small", "l.k = r.k", "l.id = r.small", "l.small = r.small AND l.k = r.k", "l.d = r.d", "l.day = r.day", "l.n = r.n", "l.k IS NOT DISTINCT FROM r.k", "l.big = r.small", "l.ts::date = r.day")
    on = l.choose(equal, f"{equal} AND {l.bool(1)}", f"{equal} AND {r.bool(1)}", f"{equal} AND l.id < r.id", f"{equal} AND {l.bool(0)} AND {r.bool(0)}")
    where = l.choose("", "", f" WHERE {l.bool(1)}", f" WHERE {r.bool(1)}", " WHERE r.id IS NULL", " WHERE l.id IS NULL OR l.id % 2 = 0")
    return Query(f"SELECT l.id AS a, r.id AS b, {l.any(1)} AS c, {r.any(1)} AS d FROM oddities l {l.choose(*KINDS)} oddities r ON {on}{where}")


def wide_joins(seed):
    """Joins of the sample tables, in numbers only."""
    t, i = Grammar(seed, TITLES, "t"), Grammar(seed + 10_000, IMAGES, "i")
    on = t.choose("t.rotten_tomatoes_rating = i.height", "t.running_time_min = i.width AND t.running_time_min < i.height", "t.title = i.title", "t.imdb_votes = i.image_id", "lower(t.title) = lower(i.title)")
    third = t.choose("", f" {t.choose('JOIN', 'LEFT JOIN')} oddities o ON o.small = t.running_time_min % 10")
    return Query(f"SELECT count(*) AS a, count(t.title_id) AS b, count(i.image_id) AS c, {t.aggregate()} AS d, {i.aggregate()} AS e FROM titles t {t.choose(*KINDS)} images i ON {on}"
                 f"{t.choose('', ' AND ' + t.bool(1), ' AND ' + i.bool(1))}{third}{t.choose('', ' WHERE ' + i.bool(1), ' WHERE ' + t.bool(1))}")


def unequal_joins(seed):
    """Joins without an equality."""
    l, r = Grammar(seed, ODDITIES, "l"), Grammar(seed + 10_000, ODDITIES, "r")
    if seed % 3 == 0:
        return Query(f"SELECT l.id AS a, r.id AS b FROM oddities l CROSS JOIN oddities r WHERE {l.bool(1)} AND {r.bool(1)}")
    on = l.choose("l.id < r.small", "l.d > r.d", "l.t < r.k AND l.id > 5", "l.small BETWEEN r.small AND r.id", "l.small + r.small = 9", f"l.id = 1 OR {r.bool(1)}")
    return Query(f"SELECT l.id AS a, r.id AS b FROM oddities l {l.choose('JOIN', 'LEFT JOIN', 'RIGHT JOIN')} oddities r ON {on}")


def subqueries(seed):
    outer, inner = Grammar(seed, TABLES[seed % 2]), Grammar(seed + 10_000, TABLES[seed % 3])
    name, key, ints = outer.table.name, outer.table.key, outer.int(0)
    source = f"FROM {inner.table.name} WHERE {inner.bool(1)}"
    return Query(outer.choose(
        f"SELECT {key} FROM {name} WHERE {ints} {outer.choose('IN', 'NOT IN')} (SELECT {inner.int(0)} {source})",
        f"SELECT {key} FROM {name} WHERE {outer.text(0)} {outer.choose('IN', 'NOT IN')} (SELECT {inner.column('text')} {source} AND {inner.column('text')} IS NOT NULL)",
        f"SELECT {key}, {ints} IN (SELECT {inner.int(0)} {source}) AS a FROM {name}",
        f"SELECT {key} FROM {name} WHERE {outer.choose('', 'NOT ')}EXISTS (SELECT 1 {source}) AND {outer.bool(1)}",
        f"SELECT {key}, (SELECT max({inner.int(1)}) {source}) AS a FROM {name} WHERE {outer.bool(1)}",
        f"SELECT {key} FROM {name} WHERE {ints} > (SELECT avg({inner.column('int')}) {source})",
        f"SELECT {key} FROM {name} WHERE {outer.bool(1)} OR {ints} IN (SELECT {inner.int(0)} {source})",
        f"SELECT {key} FROM {name} WHERE {ints} {outer.choose('=', '<', '>=')} {outer.choose('ANY', 'ALL')} (SELECT {inner.column('int')} {source} AND {inner.column('int')} < 60)",
        f"SELECT x.a, count(*) AS n FROM (SELECT {inner.text(1)} AS a, {inner.int(1)} AS b {source}) x WHERE x.b > 3 GROUP BY x.a",
        f"WITH x AS (SELECT {outer.int(1)} AS a FROM {name}), y AS (SELECT a, count(*) AS n FROM x GROUP BY a) SELECT x.a, y.n FROM x JOIN y ON x.a = y.a WHERE y.n < 20",
        f"SELECT a, b FROM (SELECT {key} AS a, {outer.any(1)} AS b FROM {name} ORDER BY {key} DESC LIMIT 12) x WHERE a % 2 = 0"))


def unions(seed):
    g, h = Grammar(seed, TABLES[seed % 3]), Grammar(seed + 10_000, TABLES[seed % 2])
    parts = [f"SELECT {x.int(1)} AS a, {x.text(1)} AS b, {x.double(0)} AS c FROM {x.table.name}{x.choose('', ' WHERE ' + x.bool(1))}" for x in (g, h, g)]
    union = lambda: g.choose(" UNION ", " UNION ALL ")
    text = parts[0] + union() + parts[1] + g.choose("", union() + parts[2])
    return Query(g.choose(text, f"SELECT a, count(*) AS n, min(b) AS b FROM ({text}) x GROUP BY a"))


def lists(seed):
    g = Grammar(seed, ODDITIES)
    few, nums, tags = g.number(1, 3), g.column("int[]"), g.column("text[]")
    return Query(g.choose(
        f"SELECT id, u.x FROM oddities, unnest({g.choose(nums, tags)}) AS u(x) WHERE {g.bool(1)}",
        f"SELECT u.x, count(*) AS n, sum(small) AS s FROM oddities, unnest({nums}) AS u(x) GROUP BY u.x",
        f"SELECT id, array_append({nums}, {g.int(1)}) AS a, {nums} || {nums} AS b, array_to_string({tags}, '+') AS c FROM oddities WHERE {nums} IS NOT NULL",
        f"SELECT id, ({nums})[{few}:{few + 1}] AS a, ({tags})[{few}] AS b, cardinality({tags}) AS c FROM oddities",
        f"SELECT {nums} AS a, count(*) AS n FROM oddities GROUP BY {nums}",
        f"SELECT id, {tags} AS a FROM oddities WHERE {nums} {g.choose('=', '<', '>=', 'IS DISTINCT FROM')} ARRAY[1, {few}]::bigint[]",
        f"SELECT id, {nums} AS a FROM oddities ORDER BY {g.order(nums)}, id LIMIT 15",
        f"SELECT id, ARRAY[small, {g.int(1)}, id] AS a, array_position({tags}, 'a') AS b FROM oddities WHERE {g.text(0)} = ANY ({tags}) OR {g.bool(1)}"))


# How many queries of each shape are asked.
SHAPES = [(projections, 42), (filters, 42), (orders, 30), (distincts, 15), (groups, 36), (totals, 24), (joins, 42), (wide_joins, 18), (unequal_joins, 12), (subqueries, 30), (unions, 15),
          (lists, 18)]

QUERIES = {f"{shape.__name__}-{n}": shape(100 * i + n) for i, (shape, count) in enumerate(SHAPES) for n in range(count)}
